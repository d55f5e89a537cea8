;; expect: fault log-limit
;; 1,025 bytes, one too many.
(module
  (import "usher:policy/log@v1" "write" (func $log (param i32 i32 i32)))
  ;; include: memory realloc configure answer
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (call $log (i32.const 1) (i32.const 4096) (i32.const 1025))
    (i32.const 1024))
)
