;; expect: prepare compile-limit
;; One jump with a million targets, each of them another block in turn.
(module
  ;; include: memory realloc configure answer decide
  (func (param i32)
    ;; repeat 1000: block
    ;; repeat 1000: block
    local.get 0 br_table
    ;; repeat 2000: {n}
    ;; repeat 1000000: 0
    0
    ;; repeat 2000: end
  )
)
