;; expect: fault output-invalid
;; A department of 60,000 bytes: the fault must not repeat them all.
(module
  ;; include: memory realloc configure answer decide
  (data (i32.const 1048) "\01\00\00\00\01\00\00\00\00\08\00\00\60\ea\00\00")
  (data (i32.const 2048)
    ;; repeat 60000: "x"
  )
)
