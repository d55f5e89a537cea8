;; expect: approve
;; As `initialize-after-configure`, by the start section.
(module
  ;; include: memory realloc answer
  (global $g (mut i32) (i32.const 7))
  (func $start (global.set $g (i32.const 0)) (i32.store (i32.const 4096) (i32.const 0)))
  (start $start)
  (func (export "usher:policy/approval@v1#configure") (param i32 i32) (result i32)
    (global.set $g (i32.const 1))
    (i32.store (i32.const 4096) (i32.const 1))
    (i32.const 512))
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (if (i32.ne (i32.add (global.get $g) (i32.load (i32.const 4096))) (i32.const 2)) (then unreachable))
    (i32.const 1024))
)
