;; expect: keys fault fuel
;; point: sso-matching
(module
  ;; include: memory realloc sso-configure sso-decide burn
  (func (export "usher:policy/sso-matching@v1#match-keys")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (call $burn)
    unreachable)
)
