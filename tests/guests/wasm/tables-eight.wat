;; expect: fault fuel
;; Takes as many tables as one component may have out of the pool that all share, and keeps them for as long
;; as its fuel lasts.
(module
  ;; include: memory realloc configure burn
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (call $burn)
    unreachable)
)
(component
  (core module (table 1 funcref))
  ;; repeat 8: (core instance (instantiate 1))
)
