;; expect: fault output-invalid
;; says: plan_
;; point: seat-assignment
;; Assigns a seat of a plan the request does not have.
(module
  ;; include: memory realloc
  (data (i32.const 1032) "\00\05\00\00\01\00\00\00" "\40\04\00\00\01\00\00\00")
  (data (i32.const 1088) "\80\04\00\00\07\00\00\00" "\00\00\00\00\00\00\00\00" "\90\04\00\00\07\00\00\00")
  (data (i32.const 1152) "hostile")
  (data (i32.const 1168) "Let in.")
  (data (i32.const 1280) "\00\06\00\00\1f\00\00\00")
  (data (i32.const 1536) "plan_01h00000000000000000000000")
  (func (export "usher:policy/seat-assignment@v1#configure") (param i32 i32) (result i32) (i32.const 512))
  (func (export "usher:policy/seat-assignment@v1#decide") (param i32) (result i32) (i32.const 1024))
)
