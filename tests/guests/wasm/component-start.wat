;; expect: prepare not-a-component
;; says: value
;; A start function of the component itself.
(module
  ;; include: memory realloc configure answer decide
)
(component
  (component (import "a" (func)) (start 0))
)
