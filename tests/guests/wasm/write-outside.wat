;; expect: fault trap
;; Base and offset together pass 32 bits.
(module
  ;; include: memory realloc configure
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (i64.store offset=0xffffffff (i32.const 0xfffffff0) (i64.const -1))
    (i32.const 1024))
)
