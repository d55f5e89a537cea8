;; expect: fault stack
(module
  ;; include: memory realloc configure
  (func $deeper (param i64) (result i64)
    (i64.add (local.get 0) (call $deeper (i64.add (local.get 0) (i64.const 1)))))
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (i32.wrap_i64 (call $deeper (i64.const 0))))
)
