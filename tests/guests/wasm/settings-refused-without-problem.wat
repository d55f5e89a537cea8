;; expect: prepare settings-invalid
;; Refuses the settings, and no word about what is wrong.
(module
  ;; include: memory realloc answer decide
  (data (i32.const 2048) "\01")
  (func (export "usher:policy/approval@v1#configure") (param i32 i32) (result i32) (i32.const 2048))
)
