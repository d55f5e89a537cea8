;; expect: prepare start-fault
;; says: fuel
(module
  ;; include: memory realloc configure answer decide burn
  (start $burn)
)
