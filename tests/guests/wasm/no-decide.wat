;; expect: prepare wrong-world
;; says: decide
;; Has the interface with `configure` only.
(component
  (core module $policy
    ;; include: memory realloc
    (func (export "configure") (param i32 i32) (result i32) (i32.const 512)))
  (core instance $policy (instantiate $policy))
  (alias core export $policy "memory" (core memory $memory))
  (alias core export $policy "cabi_realloc" (core func $realloc))
  (type $problem' (record (field "pointer" string) (field "text" string)))
  (export $problem "settings-problem" (type $problem'))
  (func $configure (param "settings" string) (result (result (error (list $problem))))
    (canon lift (core func $policy "configure") (memory $memory) (realloc $realloc)))
  (instance $approval (export "configure" (func $configure)))
  (export "usher:policy/approval@v1" (instance $approval))
)
