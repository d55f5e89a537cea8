;; expect: fault output-invalid
(module
  ;; include: memory realloc configure answer decide
  (data (i32.const 1024) "\01\00\00\00" "\80\04\00\00\00\00\00\00" "\90\04\00\00\07\00\00\00")
)
