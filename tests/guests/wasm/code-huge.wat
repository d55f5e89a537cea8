;; expect: fault output-invalid
;; What is wrong with it is told in fewer words than it has.
(module
  ;; include: memory realloc configure answer decide
  (data (i32.const 1092) "\60\ea\00\00")
)
