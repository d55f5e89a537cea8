;; expect: prepare not-a-component
;; says: component imports
(component
  (import "other-policy" (component))
  ;; include: approval-of-nothing
)
