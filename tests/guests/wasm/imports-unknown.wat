;; expect: prepare import-not-allowed
;; says: acme:backdoor/shell
(component
  (import "acme:backdoor/shell@1.0.0" (instance (export "run" (func (param "command" string)))))
  ;; include: approval-of-nothing
)
