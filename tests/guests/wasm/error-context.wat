;; expect: prepare not-a-component
;; says: error-context
(module
  ;; include: memory realloc configure answer decide
)
(component
  (type error-context)
)
