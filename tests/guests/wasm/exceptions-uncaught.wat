;; expect: prepare not-a-component
(module
  (tag $t)
  ;; include: memory realloc configure
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (throw $t))
)
