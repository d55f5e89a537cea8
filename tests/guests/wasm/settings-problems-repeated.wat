;; expect: prepare start-fault
;; says: handed over more
;; 3,000 problems that share one text of 64 KiB.
(module
  ;; include: memory realloc answer decide
  (data (i32.const 2048) "\01\00\00\00" "\00\10\00\00" "\b8\0b\00\00")
  (data (i32.const 4096)
    ;; repeat 3000: "\80\08\00\00\00\00\00\00" "\00\00\01\00\00\00\01\00"
  )
  (func (export "usher:policy/approval@v1#configure") (param i32 i32) (result i32) (i32.const 2048))
)
