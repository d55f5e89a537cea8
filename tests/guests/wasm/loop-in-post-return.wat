;; expect: fault fuel
;; Has approved by the time it is asked to clean up. A fault there is a fault all the same.
(module
  ;; include: memory realloc configure answer decide burn
  (func (export "cabi_post_usher:policy/approval@v1#decide") (param i32) (call $burn))
)
