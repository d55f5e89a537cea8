;; expect: prepare start-fault
;; says: nested
;; A destructor that makes and drops another.
(module
  ;; include: memory realloc configure answer decide
)
(component
  (component
    (core module $dtor
      (table (export "t") 2 funcref)
      (type $d (func (param i32)))
      (func (export "dtor") (param i32) (call_indirect (type $d) (i32.const 0) (i32.const 0))))
    (core instance $d (instantiate $dtor))
    (type $r (resource (rep i32) (dtor (func $d "dtor"))))
    (core func $new (canon resource.new $r))
    (core func $drop (canon resource.drop $r))
    (core instance $host (export "new" (func $new)) (export "drop" (func $drop)))
    (core module $m
      (import "h" "new" (func $new (param i32) (result i32)))
      (import "h" "drop" (func $drop (param i32)))
      (import "d" "t" (table 2 funcref))
      (elem (i32.const 0) $start2)
      (func $start2 (param i32) (call $drop (call $new (i32.const 1))))
      (func $start (call $drop (call $new (i32.const 1))))
      (start $start))
    (core instance (instantiate $m (with "h" (instance $host)) (with "d" (instance $d))))
  )
  (instance (instantiate 1))
)
