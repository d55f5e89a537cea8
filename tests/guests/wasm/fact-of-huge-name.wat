;; expect: approve
;; grants: departments verified-domains
;; Asks about a department and a domain of 60,000 bytes each. They name nothing; the host says so, and
;; looks nothing up.
(module
  (import "usher:policy/departments@v1" "members" (func $members (param i32 i32 i32)))
  (import "usher:policy/verified-domains@v1" "proof" (func $proof (param i32 i32 i32)))
  ;; include: memory realloc configure answer
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (call $members (i32.const 4096) (i32.const 60000) (i32.const 512))
    (if (i32.load8_u (i32.const 512)) (then unreachable))
    (call $proof (i32.const 4096) (i32.const 60000) (i32.const 512))
    (if (i32.load8_u (i32.const 512)) (then unreachable))
    (i32.const 1024))
)
