;; expect: keys fault trap
;; point: sso-matching
(module
  ;; include: memory realloc sso-configure sso-decide
  (func (export "usher:policy/sso-matching@v1#match-keys")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    unreachable)
)
