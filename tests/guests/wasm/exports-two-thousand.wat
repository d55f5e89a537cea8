;; expect: prepare wrong-world
;; says: usher:policy/approval
;; Exports everything but what it should: the refusal must not list it all.
(component
  (core module $m (func (export "f")))
  (core instance $m (instantiate $m))
  (func $f (canon lift (core func $m "f")))
  ;; repeat 2000: (export "one-of-two-thousand-exports-with-a-long-name-that-says-nothing-at-all-{n}" (func $f))
)
