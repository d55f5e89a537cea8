;; expect: prepare start-fault
;; says: memory
;; Four gigabytes before the first instruction.
(module
  (memory (export "memory") 65536)
  ;; include: realloc configure answer decide
)
