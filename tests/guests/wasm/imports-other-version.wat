;; expect: prepare import-not-allowed
;; says: usher:policy/log@9.0.0
(component
  (import "usher:policy/log@9.0.0" (instance (export "write" (func (param "message" string)))))
  ;; include: approval-of-nothing
)
