;; expect: prepare not-a-component
;; says: memories
;; Fifty memories more in one module: a proposal that the host leaves off.
(module
  ;; include: memory realloc configure answer decide
  ;; repeat 50: (memory 1)
)
