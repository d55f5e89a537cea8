;; expect: prepare not-a-component
;; says: async
(module
  ;; include: memory realloc configure answer decide
)
(component
  (core func (canon backpressure.inc))
)
