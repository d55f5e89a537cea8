;; expect: fault memory
;; 32 megabytes: within what the host can give, beyond what this policy gets.
(module
  (memory (export "memory") 512)
  ;; include: realloc configure answer decide
)
