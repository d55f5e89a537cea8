;; expect: prepare compile-limit
;; says: table
;; More tables than a slot of the pool has room for.
(module
  ;; include: memory realloc configure answer decide
  ;; repeat 50: (table 1 funcref)
)
