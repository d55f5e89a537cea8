;; expect: prepare compile-limit
;; Twenty thousand locals, each changed in each of twenty loops in one another.
(module
  ;; include: memory realloc configure answer decide
  (func (param i32)
    ;; repeat 20000: (local i64)
    ;; repeat 20: loop
    ;; repeat 20000: (local.set {n} (i64.add (local.get {n}) (i64.const 1)))
    ;; repeat 20: local.get 0 br_if 0 end
  )
)
