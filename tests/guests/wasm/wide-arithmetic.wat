;; expect: prepare not-a-component
;; says: wide arithmetic
;; A proposal that the host leaves off.
(module
  ;; include: memory realloc configure answer decide
)
(component
  (core module (func (param i64) (result i64 i64) (i64.mul_wide_u (local.get 0) (local.get 0))))
)
