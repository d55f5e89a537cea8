;; expect: prepare import-not-allowed
;; says: acme:one
;; Hundreds of instances, each with hundreds of functions.
(component
  (type $many (instance
    ;; repeat 300: (export "f{n}" (func))
  ))
  ;; repeat 300: (import "acme:one/of-many-{n}@1.0.0" (instance (type $many)))
  ;; include: approval-of-nothing
)
