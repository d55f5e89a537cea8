;; expect: fault output-invalid
;; says: grant-admin
(module
  ;; include: memory realloc configure answer decide
  (data (i32.const 1040) "\60\04\00\00\01\00\00\00")
  (data (i32.const 1120) "\00\08\00\00\0b\00\00\00")
  (data (i32.const 2048) "grant-admin")
)
