;; expect: fault output-invalid
;; point: seat-assignment
;; Assigns, and names no plan.
(module
  ;; include: memory realloc
  (data (i32.const 1040) "\40\04\00\00\01\00\00\00")
  (data (i32.const 1088) "\80\04\00\00\07\00\00\00" "\00\00\00\00\00\00\00\00" "\90\04\00\00\07\00\00\00")
  (data (i32.const 1152) "hostile")
  (data (i32.const 1168) "Let in.")
  (func (export "usher:policy/seat-assignment@v1#configure") (param i32 i32) (result i32) (i32.const 512))
  (func (export "usher:policy/seat-assignment@v1#decide") (param i32) (result i32) (i32.const 1024))
)
