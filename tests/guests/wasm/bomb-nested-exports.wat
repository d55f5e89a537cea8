;; expect: approve
;; Hundreds of instances handed through three components.
(module
  ;; include: memory realloc configure answer decide
)
(component
  (component
    (component $in
      (core module $m (func (export "f")))
      (core instance $m (instantiate $m))
      (func $f (canon lift (core func $m "f")))
      (instance $i
        ;; repeat 300: (export "f{n}" (func $f))
      )
      ;; repeat 300: (export "i{n}" (instance $i))
    )
    (instance $one (instantiate $in))
    (component $through
      ;; repeat 300: (import "i{n}" (instance (export "f0" (func)) (export "f1" (func))))
      ;; repeat 300: (export "x{n}" (instance {n}))
    )
    (instance (instantiate $through
      ;; repeat 300: (with "i{n}" (instance $one "i{n}"))
    ))
  )
  (instance (instantiate 1))
)
