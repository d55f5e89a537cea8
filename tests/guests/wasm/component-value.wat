;; expect: prepare not-a-component
;; says: value
(module
  ;; include: memory realloc configure answer decide
)
(component
  (component (import "a" (value string)))
)
