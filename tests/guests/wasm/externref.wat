;; expect: approve
;; References that only the host could fill: a table of them is a table like any other.
(module
  ;; include: memory realloc configure answer
  (table $t 10 externref)
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (drop (table.grow $t (ref.null extern) (i32.const 1000)))
    (i32.const 1024))
)
