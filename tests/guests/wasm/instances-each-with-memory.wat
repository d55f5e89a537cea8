;; expect: prepare compile-limit
;; More instances than a slot of the pool has room for, a page each.
(module
  ;; include: memory realloc configure answer decide
)
(component
  (core module (memory 1))
  ;; repeat 900: (core instance (instantiate 1))
)
