;; expect: prepare not-a-component
;; says: async
(module
  ;; include: memory realloc configure answer decide
)
(component
  (type (future)) (core func (canon future.new 0))
)
