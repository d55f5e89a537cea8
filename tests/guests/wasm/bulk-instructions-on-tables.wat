;; expect: fault fuel
(module
  ;; include: memory realloc configure
  (table $one 19000 funcref)
  (func $f)
  (elem declare func $f)
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (loop $again
      (table.fill $one (i32.const 0) (ref.func $f) (i32.const 10000))
      (table.copy (i32.const 9000) (i32.const 0) (i32.const 10000))
      (br $again))
    unreachable)
)
