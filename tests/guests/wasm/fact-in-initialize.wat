;; expect: prepare start-fault
;; says: member-counts
;; grants: member-counts
(module
  (import "usher:policy/member-counts@v1" "members" (func $members (result i64)))
  ;; include: memory realloc configure answer decide
  (func (export "_initialize") (drop (call $members)))
)
