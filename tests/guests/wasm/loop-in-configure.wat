;; expect: prepare start-fault
;; says: fuel
(module
  ;; include: memory realloc answer decide burn
  (func (export "usher:policy/approval@v1#configure") (param i32 i32) (result i32)
    (call $burn)
    unreachable)
)
