;; expect: fault host-call-limit
;; grants: member-counts
(module
  (import "usher:policy/member-counts@v1" "members" (func $members (result i64)))
  ;; include: memory realloc configure answer
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (loop $again
      (drop (call $members))
      (br $again))
    unreachable)
)
