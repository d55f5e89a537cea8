;; expect: fault memory
;; Fills 60 megabytes with noise while it is configured, where it may: all of that could become its artefact.
(module
  ;; include: memory realloc answer decide
  (func (export "usher:policy/approval@v1#configure") (param i32 i32) (result i32)
    (local $at i32) (local $noise i64)
    (drop (memory.grow (i32.const 958)))
    (local.set $at (i32.const 131072))
    (local.set $noise (i64.const 88172645463325252))
    (loop $again
      (local.set $noise (i64.xor (local.get $noise) (i64.shl (local.get $noise) (i64.const 13))))
      (local.set $noise (i64.xor (local.get $noise) (i64.shr_u (local.get $noise) (i64.const 7))))
      (local.set $noise (i64.xor (local.get $noise) (i64.shl (local.get $noise) (i64.const 17))))
      (i64.store (local.get $at) (local.get $noise))
      (br_if $again (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 62914552))))
    (i32.const 512))
)
