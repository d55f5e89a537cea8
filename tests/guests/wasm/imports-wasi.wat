;; expect: prepare import-not-allowed
;; says: wasi:cli/environment@0.2.0
(component
  (import "wasi:cli/environment@0.2.0" (instance
    (export "get-environment" (func (result (list (tuple string string)))))))
  ;; include: approval-of-nothing
)
