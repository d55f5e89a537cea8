;; expect: fault fuel
(module
  ;; include: memory realloc configure burn
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (call $burn)
    unreachable)
)
