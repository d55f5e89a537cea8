;; expect: fault output-invalid
(module
  ;; include: memory realloc configure answer decide
  (data (i32.const 1032) "\41\04\00\00")
)
