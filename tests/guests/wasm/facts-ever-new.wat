;; expect: fault host-call-limit
;; grants: verified-domains
;; Never asks the same thing twice, so that no memory of answers helps the host.
(module
  (import "usher:policy/verified-domains@v1" "proof" (func $proof (param i32 i32 i32)))
  ;; include: memory realloc configure answer
  (data (i32.const 4096) "aaaa.example")
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (local $n i32)
    (loop $again
      (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (i32.store8 (i32.const 4096) (i32.add (i32.const 97) (i32.rem_u (local.get $n) (i32.const 26))))
      (i32.store8 (i32.const 4097) (i32.add (i32.const 97)
        (i32.rem_u (i32.div_u (local.get $n) (i32.const 26)) (i32.const 26))))
      (i32.store8 (i32.const 4098) (i32.add (i32.const 97)
        (i32.rem_u (i32.div_u (local.get $n) (i32.const 676)) (i32.const 26))))
      (call $proof (i32.const 4096) (i32.const 12) (i32.const 4160))
      (br $again))
    unreachable)
)
