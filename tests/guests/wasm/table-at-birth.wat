;; expect: prepare start-fault
;; says: table
(module
  ;; include: memory realloc configure answer decide
  (table 10000000 funcref)
)
