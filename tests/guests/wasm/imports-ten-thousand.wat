;; expect: prepare import-not-allowed
(component
  ;; repeat 10000: (import "i{n}" (func))
  ;; include: approval-of-nothing
)
