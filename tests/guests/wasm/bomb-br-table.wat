;; expect: prepare not-a-component
;; says: br_table
;; One jump with a million targets.
(module
  ;; include: memory realloc configure answer decide
  (func (param i32)
    (local.get 0)
    br_table
    ;; repeat 1000000: 0
  )
)
