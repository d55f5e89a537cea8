;; expect: prepare start-fault
;; Calls into a component that is not done being made.
(module
  ;; include: memory realloc configure answer decide
)
(component
  (component
    (component $a
      (core module $m (func (export "f") unreachable) )
      (core instance $m (instantiate $m))
      (func (export "f") (canon lift (core func $m "f"))))
    (instance $a (instantiate $a))
    (core func $f (canon lower (func $a "f")))
    (core instance $host (export "f" (func $f)))
    (core module $s (import "" "f" (func $f)) (start $f))
    (core instance (instantiate $s (with "" (instance $host))))
  )
  (instance (instantiate 1))
)
