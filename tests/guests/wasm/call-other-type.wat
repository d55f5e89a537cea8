;; expect: fault trap
(module
  ;; include: memory realloc configure
  (type $none (func))
  (table funcref (elem $other))
  (func $other (param i64) (result i64) (local.get 0))
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (call_indirect (type $none) (i32.const 0))
    (i32.const 1024))
)
