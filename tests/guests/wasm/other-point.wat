;; expect: prepare wrong-world
;; says: usher:policy/approval
;; world: seat-policy
;; Answers another question than its manifest says.
(module
  ;; include: memory realloc
  (func (export "usher:policy/seat-assignment@v1#configure") (param i32 i32) (result i32) (i32.const 512))
  (func (export "usher:policy/seat-assignment@v1#decide") (param i32) (result i32) (i32.const 1024))
)
