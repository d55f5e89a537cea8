;; expect: fault output-invalid
(module
  ;; include: memory realloc configure answer decide
  (data (i32.const 1032) "\00\08\00\00\09\00\00\00")
  (data (i32.const 2048)
    ;; repeat 9: "\80\04\00\00\07\00\00\00" "\00\00\00\00\00\00\00\00" "\90\04\00\00\07\00\00\00"
  )
)
