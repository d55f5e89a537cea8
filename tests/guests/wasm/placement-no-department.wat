;; expect: fault output-invalid
;; Approves into a department whose name is no id.
(module
  ;; include: memory realloc configure answer decide
  (data (i32.const 1048) "\01\00\00\00\01\00\00\00\00\08\00\00\09\00\00\00")
  (data (i32.const 2048) "../../etc")
)
