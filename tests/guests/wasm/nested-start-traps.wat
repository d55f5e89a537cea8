;; expect: prepare start-fault
;; says: trapped
;; The start function of a module, within a component within the component.
(module
  ;; include: memory realloc configure answer decide
)
(component
  (component
    (core module $m (func $start unreachable) (start $start))
    (core instance (instantiate $m))
  )
  (instance (instantiate 1))
)
