;; expect: fault output-invalid
(module
  ;; include: memory answer decide
  (global $configured (mut i32) (i32.const 0))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (select (i32.const 65537) (i32.const 65536) (global.get $configured)))
  (func (export "usher:policy/approval@v1#configure") (param i32 i32) (result i32)
    (global.set $configured (i32.const 1))
    (i32.const 512))
)
