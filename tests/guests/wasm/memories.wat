;; expect: prepare compile-limit
;; says: memories
;; Fifty memories more in one module: a slot of the pool has one for each.
(module
  ;; include: memory realloc configure answer decide
  ;; repeat 50: (memory 1)
)
