;; expect: prepare not-a-component
;; as: core
(module
  ;; include: memory realloc configure answer decide
)
