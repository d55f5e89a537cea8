;; expect: prepare start-fault
;; Four million handles of a resource of its own lie in the host's memory, not in its own.
(module
  ;; include: memory realloc configure answer decide
)
(component
  (component
    (type $r (resource (rep i32)))
    (core func $new (canon resource.new $r))
    (core instance $host (export "new" (func $new)))
    (core module $m
      (import "" "new" (func $new (param i32) (result i32)))
      (func $start (local $n i32)
        (loop $again
          (drop (call $new (i32.const 1)))
          (br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 4000000)))))
      (start $start))
    (core instance (instantiate $m (with "" (instance $host))))
  )
  (instance (instantiate 1))
)
