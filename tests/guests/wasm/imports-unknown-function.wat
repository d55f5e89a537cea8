;; expect: prepare import-not-allowed
;; says: usher:policy/member-counts
;; grants: member-counts
;; A function that a granted interface does not have.
(component
  (import "usher:policy/member-counts@v1" (instance (export "delete-all" (func))))
  ;; include: approval-of-nothing
)
