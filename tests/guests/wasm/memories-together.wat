;; expect: fault memory
;; None of the memories is above the limit; together they are.
(module
  ;; include: memory realloc configure answer decide
)
(component
  (core module (memory 100))
  ;; repeat 3: (core instance (instantiate 1))
)
