;; expect: fault deadline
;; Fuel counts instructions, whatever they cost: this one calls into the runtime.
(module
  ;; include: memory realloc configure
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (loop $again
      (drop (memory.grow (i32.const 0)))
      (br $again))
    unreachable)
)
