;; expect: fault trap
(module
  ;; include: memory answer decide
  (global $configured (mut i32) (i32.const 0))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (if (global.get $configured) (then unreachable))
    (i32.const 65536))
  (func (export "usher:policy/approval@v1#configure") (param i32 i32) (result i32)
    (global.set $configured (i32.const 1))
    (i32.const 512))
)
