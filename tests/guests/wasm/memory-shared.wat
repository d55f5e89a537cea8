;; expect: prepare not-a-component
;; Threads would make a decision depend on who comes first.
(component
  (core module (memory 1 1 shared))
)
