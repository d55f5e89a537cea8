;; expect: prepare import-not-allowed
;; says: member-counts
;; Imports what its manifest does not admit to.
(module
  (import "usher:policy/member-counts@v1" "members" (func $members (result i64)))
  ;; include: memory realloc configure answer
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (drop (call $members))
    (i32.const 1024))
)
