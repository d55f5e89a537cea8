;; expect: prepare start-fault
;; says: still running
;; The same into another encoding, which costs the host more for each byte.
(module
  ;; include: memory realloc configure answer decide
)
(component
  (component
    (component $callee
      (core module $m
        (memory (export "memory") 40)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
        (func (export "take") (param i32 i32)))
      (core instance $m (instantiate $m))
      (func (export "take") (param "text" string)
        (canon lift (core func $m "take") (memory $m "memory") (realloc (func $m "realloc")) string-encoding=utf16)))
    (component $caller
      (import "take" (func $take (param "text" string)))
      (core module $memory (memory (export "memory") 17))
      (core instance $memory (instantiate $memory))
      (core func $take (canon lower (func $take) (memory $memory "memory") string-encoding=utf8))
      (core instance $host (export "take" (func $take)) (export "memory" (memory $memory "memory")))
      (core module $m
        (import "" "take" (func $take (param i32 i32)))
        (import "" "memory" (memory 17))
        (func $start (loop $again (call $take (i32.const 0) (i32.const 1000000)) (br $again)))
        (start $start))
      (core instance (instantiate $m (with "" (instance $host)))))
    (instance $callee (instantiate $callee))
    (instance (instantiate $caller (with "take" (func $callee "take"))))
  )
  (instance (instantiate 1))
)
