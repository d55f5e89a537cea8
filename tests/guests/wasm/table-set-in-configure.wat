;; expect: approve
;; What `configure` put into a table is there when it decides, snapshot or not.
(module
  ;; include: memory realloc answer
  (type $f (func (result i32)))
  (table $t 2 funcref)
  (elem declare func $f)
  (func $f (type $f) (i32.const 1024))
  (func (export "usher:policy/approval@v1#configure") (param i32 i32) (result i32)
    (table.set $t (i32.const 1) (ref.func $f))
    (i32.const 512))
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (call_indirect (type $f) (i32.const 1)))
)
