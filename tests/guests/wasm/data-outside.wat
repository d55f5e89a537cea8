;; expect: prepare start-fault
;; says: trapped
(module
  ;; include: memory realloc configure answer decide
  (data (i32.const 0xffff0000) "nobody's")
)
