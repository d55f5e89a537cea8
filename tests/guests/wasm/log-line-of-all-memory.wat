;; expect: fault output-size
;; One line of nearly a megabyte. The host must not copy it before it counts.
(module
  (import "usher:policy/log@v1" "write" (func $log (param i32 i32 i32)))
  (memory (export "memory") 16)
  ;; include: realloc configure answer
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (call $log (i32.const 1) (i32.const 0x20000) (i32.const 0xe0000))
    (i32.const 1024))
)
