;; expect: prepare compile-limit
;; Twenty thousand locals, each changed within twenty loops, so that each has a value of its own in each.
(module
  ;; include: memory realloc configure answer decide
  (func (param i64)
    ;; repeat 20000: (local i64)
    ;; repeat 20: loop
    ;; repeat 20000: (local.set {n} (i64.add (local.get {n}) (i64.const 1)))
    ;; repeat 20: local.get 0 i32.wrap_i64 br_if 0 end
  )
)
