;; expect: fault output-invalid
;; The rest of its memory, as one sentence.
(module
  ;; include: memory realloc configure answer decide
  (data (i32.const 1108) "\70\fb\01\00")
)
