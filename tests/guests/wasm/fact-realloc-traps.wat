;; expect: fault trap
;; grants: departments
(module
  (import "usher:policy/departments@v1" "path" (func $path (param i32 i32 i32)))
  ;; include: memory configure answer
  (data (i32.const 4096) "dep_01h00000000000000000000000")
  (global $asked (mut i32) (i32.const 0))
  (global $next (mut i32) (i32.const 65536))
  (func $honest (param i32) (result i32)
    (global.set $next (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
    (global.get $next)
    (global.set $next (i32.add (global.get $next) (local.get 0))))
  (func $realloc (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (if (global.get $asked) (then (unreachable)))
    (call $honest (local.get 3)))
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (global.set $asked (i32.const 1))
    (call $path (i32.const 4096) (i32.const 30) (i32.const 2048))
    (i32.const 1024))
)
