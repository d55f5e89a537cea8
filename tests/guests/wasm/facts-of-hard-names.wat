;; expect: fault host-call-limit
;; grants: verified-domains
;; As long as a domain in UTF-8 can be, and made of what normalising takes longest for.
(module
  (import "usher:policy/verified-domains@v1" "proof" (func $proof (param i32 i32 i32)))
  ;; include: memory realloc configure answer
  (data (i32.const 8192)
    ;; repeat 341: "\ef\b7\ba"
  )
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (loop $again
      (call $proof (i32.const 8192) (i32.const 1023) (i32.const 4096))
      (br $again))
    unreachable)
)
