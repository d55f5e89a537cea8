;; expect: fault host-call-limit
;; grants: verified-domains
;; Each question is a quarter of a megabyte, just within what may be handed over.
(module
  (import "usher:policy/verified-domains@v1" "proof" (func $proof (param i32 i32 i32)))
  (memory (export "memory") 16)
  ;; include: realloc configure answer
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (memory.fill (i32.const 0x40000) (i32.const 97) (i32.const 262000))
    (loop $again
      (call $proof (i32.const 0x40000) (i32.const 262000) (i32.const 4096))
      (br $again))
    unreachable)
)
