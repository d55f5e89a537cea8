;; expect: fault output-invalid
(module
  ;; include: memory realloc configure answer decide
  (data (i32.const 1048) "\02")
)
