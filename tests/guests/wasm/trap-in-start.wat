;; expect: prepare start-fault
;; says: trapped
(module
  ;; include: memory realloc configure answer decide
  (func $start unreachable)
  (start $start)
)
