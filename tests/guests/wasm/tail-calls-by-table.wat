;; expect: fault fuel
(module
  ;; include: memory realloc configure
  (type $t (func (param i32) (result i32)))
  (table funcref (elem $again))
  (func $again (type $t)
    ;; repeat 100: (drop (i32.const 0))
    (return_call_indirect (type $t) (local.get 0) (i32.const 0)))
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (call $again (i32.const 0)))
)
