;; expect: approve
;; Traps if it has ever decided before: every decision has a sandbox of its own.
(module
  ;; include: memory realloc configure answer
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (if (i32.load (i32.const 4096)) (then unreachable))
    (i32.store (i32.const 4096) (i32.const 1))
    (i32.const 1024))
)
