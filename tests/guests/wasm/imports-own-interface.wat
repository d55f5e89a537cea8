;; expect: prepare not-a-component
;; says: import
;; Hands back as its own what it hopes the host decides.
(component
  (import "usher:policy/approval@v1" (instance $approval
    (export "configure" (func))
    (export "decide" (func))))
  (export "usher:policy/approval@v1" (instance $approval))
)
