;; expect: prepare not-a-component
;; says: stack switching
;; Stacks of its own, beside the one that is bounded.
(module
  ;; include: memory realloc configure answer decide
)
(component
  (core module (type $f (func)) (type $c (cont $f)) (func (param (ref $f)) (drop (cont.new $c (local.get 0)))))
)
