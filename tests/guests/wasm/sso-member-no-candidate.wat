;; expect: fault output-invalid
;; says: mem_
;; point: sso-matching
;; Gives the login to a member it was not asked about.
(module
  ;; include: memory realloc sso-keys sso-configure
  (data (i32.const 1032) "\01\00\00\00" "\00\06\00\00\1e\00\00\00" "\40\04\00\00\01\00\00\00")
  (data (i32.const 1088) "\80\04\00\00\07\00\00\00" "\00\00\00\00\00\00\00\00" "\90\04\00\00\07\00\00\00")
  (data (i32.const 1152) "hostile")
  (data (i32.const 1168) "Let in.")
  (data (i32.const 1536) "mem_01h00000000000000000000000")
  (func (export "usher:policy/sso-matching@v1#decide") (param i32) (result i32) (i32.const 1024))
)
