;; expect: fault output-invalid
;; Refuses the person and places them.
(module
  ;; include: memory realloc configure answer decide
  (data (i32.const 1028) "\02")
  (data (i32.const 1048) "\01")
)
