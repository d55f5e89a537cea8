;; expect: fault trap
;; grants: member-counts
;; Calls out while the host is in the middle of handing over the request.
(module
  (import "usher:policy/member-counts@v1" "members" (func $members (result i64)))
  ;; include: memory answer decide
  (global $configured (mut i32) (i32.const 0))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (if (global.get $configured) (then (drop (call $members))))
    (i32.const 65536))
  (func (export "usher:policy/approval@v1#configure") (param i32 i32) (result i32)
    (global.set $configured (i32.const 1))
    (i32.const 512))
)
