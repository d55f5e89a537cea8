;; expect: prepare not-a-component
;; says: instances
(component
  (core module $m (memory 1))
  ;; repeat 2000: (core instance (instantiate $m))
)
