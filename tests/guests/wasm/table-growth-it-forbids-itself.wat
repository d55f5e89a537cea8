;; expect: approve
(module
  ;; include: memory realloc configure answer
  (table $t 1 2 funcref)
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (local $n i32)
    (loop $again
      (drop (table.grow $t (ref.null func) (i32.const 1000)))
      (br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 1000))))
    (i32.const 1024))
)
