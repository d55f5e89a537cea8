;; expect: fault output-invalid
;; The parameters of its reason are the reason, and its text is the answer.
(module
  ;; include: memory realloc configure answer decide
  (data (i32.const 1096) "\40\04\00\00\10\00\00\00" "\00\04\00\00\80\00\00\00")
)
