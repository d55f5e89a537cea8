;; expect: prepare not-a-component
(module
  ;; include: memory realloc configure answer decide
)
(component
  (core module (table i64 0x1_0000_0000 funcref))
)
