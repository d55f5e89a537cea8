;; expect: fault trap
;; Drops in `configure` what it reads when it decides.
(module
  ;; include: memory realloc answer
  (data $bytes "hostile")
  (func (export "usher:policy/approval@v1#configure") (param i32 i32) (result i32)
    (data.drop $bytes)
    (i32.const 512))
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (memory.init $bytes (i32.const 2048) (i32.const 0) (i32.const 7))
    (i32.const 1024))
)
