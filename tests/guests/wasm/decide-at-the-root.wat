;; expect: prepare wrong-world
;; says: usher:policy/approval
;; A function where the interface belongs.
(component
  (core module $policy (func (export "decide")))
  (core instance $policy (instantiate $policy))
  (func $decide (canon lift (core func $policy "decide")))
  (export "decide" (func $decide))
)
