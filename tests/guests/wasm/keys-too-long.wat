;; expect: keys fault output-invalid
;; point: sso-matching
;; One of 513 bytes.
(module
  ;; include: memory realloc sso-configure sso-decide
  (data (i32.const 1024) "\00\08\00\00\01\00\00\00")
  (data (i32.const 2048) "\00\10\00\00\01\02\00\00")
  (data (i32.const 4096)
    ;; repeat 513: "x"
  )
  (func (export "usher:policy/sso-matching@v1#match-keys")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (i32.const 1024))
)
