;; expect: fault trap
(module
  ;; include: memory realloc configure
  (type $none (func))
  (table 4 funcref)
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (call_indirect (type $none) (i32.const 3))
    (i32.const 1024))
)
