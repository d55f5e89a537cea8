;; expect: fault fuel
;; The most that one instruction can do, again and again: fuel, or the deadline would have to wait for it.
(module
  (memory (export "memory") 200)
  ;; include: realloc configure
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (loop $again
      (memory.fill (i32.const 65536) (i32.const 1) (i32.const 0xc00000))
      (memory.copy (i32.const 0) (i32.const 65536) (i32.const 0xc00000))
      (br $again))
    unreachable)
)
