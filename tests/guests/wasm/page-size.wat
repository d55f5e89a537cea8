;; expect: prepare not-a-component
;; says: page sizes
;; Pages of one byte: whoever multiplies by 65,536 counts wrong.
(module
  ;; include: memory realloc configure answer decide
)
(component
  (core module (memory 0 0xffffffff (pagesize 1)))
)
