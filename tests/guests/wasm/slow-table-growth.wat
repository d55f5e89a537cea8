;; expect: fault deadline
;; As with memory: an instruction of little fuel that calls into the runtime.
(module
  ;; include: memory realloc configure
  (table $t 1 funcref)
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (loop $again
      (drop (table.grow $t (ref.null func) (i32.const 0)))
      (br $again))
    unreachable)
)
