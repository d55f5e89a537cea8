;; expect: fault fuel
;; Neither a loop nor a deeper stack.
(module
  ;; include: memory realloc configure
  (func $again (param i32) (result i32)
    ;; repeat 100: (drop (i32.const 0))
    (return_call $again (local.get 0)))
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (call $again (i32.const 0)))
)
