;; expect: fault trap
(module
  ;; include: memory realloc configure
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (i32.div_u (i32.const 1024) (i32.load (i32.const 0))))
)
