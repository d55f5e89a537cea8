;; expect: prepare start-fault
;; says: fuel
(module
  ;; include: memory realloc configure answer decide
)
(component
  (component
    (core module $m
      ;; include: burn
      (start $burn))
    (core instance (instantiate $m))
  )
  (instance (instantiate 1))
)
