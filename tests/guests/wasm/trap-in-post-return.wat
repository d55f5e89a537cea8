;; expect: fault trap
;; Approves, then traps: not an approval.
(module
  ;; include: memory realloc configure answer decide
  (func (export "cabi_post_usher:policy/approval@v1#decide") (param i32) unreachable)
)
