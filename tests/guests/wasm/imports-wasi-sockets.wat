;; expect: prepare import-not-allowed
;; says: wasi:sockets/tcp@0.2.0
(component
  (import "wasi:sockets/tcp@0.2.0" (instance (export "tcp-socket" (type (sub resource)))))
  ;; include: approval-of-nothing
)
