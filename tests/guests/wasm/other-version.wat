;; expect: prepare wrong-world
;; says: usher:policy/approval
(component
  (core module $policy (func (export "decide")))
  (core instance $policy (instantiate $policy))
  (func $decide (canon lift (core func $policy "decide")))
  (instance $approval (export "configure" (func $decide)) (export "decide" (func $decide)))
  (export "usher:policy/approval@0.9.0" (instance $approval))
)
