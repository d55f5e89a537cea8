;; expect: fault table
(module
  ;; include: memory realloc configure
  (table $table 1 funcref)
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (loop $again
      (br_if $again (i32.ne (table.grow $table (ref.null func) (i32.const 1024)) (i32.const -1))))
    unreachable)
)
