;; expect: fault output-invalid
;; strings: utf16
(module
  ;; include: memory realloc configure answer decide
  (data (i32.const 1088) "\81")
)
