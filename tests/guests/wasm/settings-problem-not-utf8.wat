;; expect: prepare start-fault
;; says: utf-8
(module
  ;; include: memory realloc answer decide
  (data (i32.const 2048) "\01\00\00\00" "\40\08\00\00" "\01\00\00\00")
  (data (i32.const 2112) "\80\08\00\00\08\00\00\00" "\90\04\00\00\07\00\00\00")
  (data (i32.const 2176) "\ff\fe")
  (func (export "usher:policy/approval@v1#configure") (param i32 i32) (result i32) (i32.const 2048))
)
