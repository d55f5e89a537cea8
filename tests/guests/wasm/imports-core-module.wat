;; expect: prepare import-not-allowed
;; says: runtime
;; The engine links modules of its own to Rhai scripts. A component does not get to ask for one.
(component
  (import "runtime" (core module (export "memory" (memory 1))))
  ;; include: approval-of-nothing
)
