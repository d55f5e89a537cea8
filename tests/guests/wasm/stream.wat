;; expect: prepare not-a-component
;; says: async
;; A stream could outlive the call that made it.
(module
  ;; include: memory realloc configure answer decide
)
(component
  (type (stream u8)) (core func (canon stream.new 0))
)
