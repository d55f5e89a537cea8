;; expect: prepare import-not-allowed
;; says: usher:policy/member-counts
;; grants: member-counts
(component
  (import "usher:policy/member-counts@v1" (instance (export "members" (func (result string)))))
  ;; include: approval-of-nothing
)
