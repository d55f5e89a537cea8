;; expect: prepare not-a-component
;; says: async
;; Would wait, for ever.
(module
  ;; include: memory realloc configure answer decide
)
(component
  (core func (canon waitable-set.new))
)
