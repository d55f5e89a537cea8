;; expect: fault output-invalid
(module
  ;; include: memory realloc configure answer decide
  (data (i32.const 1040) "\00\08\00\00\09\00\00\00")
  (data (i32.const 2048)
    ;; repeat 9: "\00\10\00\00\10\00\00\00" "\00\00\00\00\00\00\00\00"
  )
  (data (i32.const 4096) "notify-approvers")
)
