;; expect: prepare start-fault
;; says: fuel
(module
  ;; include: memory realloc configure answer decide burn
  (export "_initialize" (func $burn))
)
