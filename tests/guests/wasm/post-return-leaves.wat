;; expect: fault trap
;; grants: member-counts
(module
  (import "usher:policy/member-counts@v1" "members" (func $members (result i64)))
  ;; include: memory realloc configure answer decide
  (func (export "cabi_post_usher:policy/approval@v1#decide") (param i32) (drop (call $members)))
)
