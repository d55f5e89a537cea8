;; expect: fault output-invalid
(module
  ;; include: memory realloc configure answer
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32) (i32.const 1025))
)
