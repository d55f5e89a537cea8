;; expect: keys fault output-invalid
;; point: sso-matching
(module
  ;; include: memory realloc sso-configure sso-decide
  (data (i32.const 1024) "\00\08\00\00\11\00\00\00")
  (data (i32.const 1152) "hostile")
  (data (i32.const 2048)
    ;; repeat 17: "\80\04\00\00\07\00\00\00"
  )
  (func (export "usher:policy/sso-matching@v1#match-keys")
    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (i32.const 1024))
)
