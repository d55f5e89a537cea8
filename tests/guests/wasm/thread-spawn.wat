;; expect: prepare not-a-component
;; says: threads
;; Would run on after the decision.
(module
  ;; include: memory realloc configure answer decide
)
(component
  (core type (func (param i32)))
  (core func (canon thread.spawn-ref 0))
)
