;; expect: approve
;; grants: departments
;; Bids the host write its answer over what was asked, which is read by then.
(module
  (import "usher:policy/departments@v1" "path" (func $path (param i32 i32 i32)))
  ;; include: memory configure answer realloc
  (data (i32.const 4096) "dep_01h00000000000000000000000")
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (call $path (i32.const 4096) (i32.const 30) (i32.const 4096))
    (i32.const 1024))
)
