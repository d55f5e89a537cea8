;; expect: fault output-invalid
;; point: sso-matching
(module
  ;; include: memory realloc sso-keys sso-configure
  (data (i32.const 1044) "\40\04\00\00\01\00\00\00")
  (data (i32.const 1088) "\80\04\00\00\07\00\00\00" "\00\00\00\00\00\00\00\00" "\90\04\00\00\07\00\00\00")
  (data (i32.const 1152) "hostile")
  (data (i32.const 1168) "Let in.")
  (func (export "usher:policy/sso-matching@v1#decide") (param i32) (result i32) (i32.const 1024))
)
