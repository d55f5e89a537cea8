;; expect: fault trap
(module
  ;; include: memory realloc configure
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (i32.trunc_f64_s (f64.const 1e300)))
)
