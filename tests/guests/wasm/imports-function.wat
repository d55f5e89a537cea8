;; expect: prepare import-not-allowed
;; says: exit
(component
  (import "exit" (func))
  ;; include: approval-of-nothing
)
