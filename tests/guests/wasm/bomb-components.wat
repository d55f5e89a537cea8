;; expect: prepare not-a-component
;; says: components
(component
  ;; repeat 2000: (component)
)
