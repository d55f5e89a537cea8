;; expect: fault memory
;; Memory of a nested component counts too. (Preparing has room for it.)
(module
  ;; include: memory realloc configure answer decide
)
(component
  (component
    (core module $m (memory 1) (func $start (drop (memory.grow (i32.const 300)))) (start $start))
    (core instance (instantiate $m))
  )
  (instance (instantiate 1))
)
