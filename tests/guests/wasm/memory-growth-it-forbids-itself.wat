;; expect: approve
;; Asks for what its own maximum rules out, and is told so: nothing is counted that it did not get.
(module
  (memory (export "memory") 2 3)
  ;; include: realloc configure answer
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (local $n i32)
    (loop $again
      (drop (memory.grow (i32.const 100)))
      (br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 100))))
    (i32.const 1024))
)
