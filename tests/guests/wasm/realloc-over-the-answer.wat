;; expect: fault output-invalid
;; Has the host write the request where the answer lies.
(module
  ;; include: memory answer configure decide
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
)
