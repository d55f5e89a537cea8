;; expect: prepare compile-limit
;; 100,000 functions, each of some work for the compiler.
(module
  ;; include: memory realloc configure answer decide
  ;; repeat 100000: (func (param i64) (result i64) (i64.div_s (i64.rotl (local.get 0) (i64.const {n})) (i64.load (i32.const {n}))))
)
