;; expect: prepare wrong-world
;; says: differs from the contract
;; Right names, wrong types: numbers in, numbers out.
(component
  (core module $policy (func (export "decide") (param i32) (result i32) (local.get 0)))
  (core instance $policy (instantiate $policy))
  (func $decide (param "request" u32) (result u32) (canon lift (core func $policy "decide")))
  (instance $approval (export "configure" (func $decide)) (export "decide" (func $decide)))
  (export "usher:policy/approval@v1" (instance $approval))
)
