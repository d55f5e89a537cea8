;; expect: prepare start-fault
;; says: member-counts
;; grants: member-counts
(module
  (import "usher:policy/member-counts@v1" "members" (func $members (result i64)))
  ;; include: memory realloc answer decide
  (func (export "usher:policy/approval@v1#configure") (param i32 i32) (result i32)
    (drop (call $members))
    (i32.const 512))
)
