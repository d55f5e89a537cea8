;; expect: prepare not-a-component
;; says: async
;; Would go on when the call is over.
(module
  ;; include: memory realloc configure answer decide
)
(component
  (core module (func (export "f") (result i32) (i32.const 0)) (func (export "cb") (param i32 i32 i32) (result i32) unreachable))
  (core instance (instantiate 1))
  (func async (canon lift (core func 0) async (callback (core func 0))))
)
