;; expect: fault log-limit
(module
  (import "usher:policy/log@v1" "write" (func $log (param i32 i32 i32)))
  ;; include: memory realloc configure answer
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (loop $again
      (call $log (i32.const 1) (i32.const 1168) (i32.const 7))
      (br $again))
    unreachable)
)
