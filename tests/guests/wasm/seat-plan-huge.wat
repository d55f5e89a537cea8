;; expect: fault output-invalid
;; point: seat-assignment
;; A plan of 60,000 bytes: the fault must not repeat them all.
(module
  ;; include: memory realloc
  (data (i32.const 1032) "\00\05\00\00\01\00\00\00" "\40\04\00\00\01\00\00\00")
  (data (i32.const 1088) "\80\04\00\00\07\00\00\00" "\00\00\00\00\00\00\00\00" "\90\04\00\00\07\00\00\00")
  (data (i32.const 1152) "hostile")
  (data (i32.const 1168) "Let in.")
  (data (i32.const 1280) "\00\06\00\00\60\ea\00\00")
  (data (i32.const 1536)
    ;; repeat 60000: "x"
  )
  (func (export "usher:policy/seat-assignment@v1#configure") (param i32 i32) (result i32) (i32.const 512))
  (func (export "usher:policy/seat-assignment@v1#decide") (param i32) (result i32) (i32.const 1024))
)
