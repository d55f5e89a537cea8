;; expect: prepare compile-limit
;; One function of 800,000 instructions, whose values all live to the end.
(module
  ;; include: memory realloc configure answer decide
  (func (param i32) (result i64)
    (i64.const 0)
    ;; repeat 400000: (i64.load offset={n} (local.get 0))
    ;; repeat 400000: i64.mul
  )
)
