;; expect: prepare compile-limit
;; A hundred thousand loops, one in the other.
(module
  ;; include: memory realloc configure answer decide
  (func (param i32) (local i64)
    ;; repeat 100000: loop
    (local.set 1 (i64.add (local.get 1) (i64.const 1)))
    ;; repeat 100000: local.get 0 br_if 0 end
  )
)
