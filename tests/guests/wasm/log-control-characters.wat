;; expect: approve
;; Would clear the screen of whoever reads its log as it is.
(module
  (import "usher:policy/log@v1" "write" (func $log (param i32 i32 i32)))
  ;; include: memory realloc configure answer
  (data (i32.const 4096) "\1b[2J\0d\0a\00fine")
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (call $log (i32.const 1) (i32.const 4096) (i32.const 11))
    (i32.const 1024))
)
