;; expect: fault output-invalid
(module
  (import "usher:policy/log@v1" "write" (func $log (param i32 i32 i32)))
  ;; include: memory realloc configure answer
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (call $log (i32.const 9) (i32.const 1168) (i32.const 7))
    (i32.const 1024))
)
