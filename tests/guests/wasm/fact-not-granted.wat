;; expect: fault fact-not-granted
;; declares: member-counts
;; Its manifest asks for the fact; the organisation has not granted it.
(module
  (import "usher:policy/member-counts@v1" "members" (func $members (result i64)))
  ;; include: memory realloc configure answer
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (drop (call $members))
    (i32.const 1024))
)
