;; expect: keys fault fact-not-granted
;; point: sso-matching
;; grants: member-counts
;; Keys are pure: a fact, though granted, can't be asked for here.
(module
  (import "usher:policy/member-counts@v1" "members" (func $members (result i64)))
  ;; include: memory realloc sso-configure sso-decide
  (func (export "usher:policy/sso-matching@v1#match-keys")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (drop (call $members))
    (i32.const 512))
)
