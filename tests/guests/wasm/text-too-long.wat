;; expect: fault output-invalid
;; 1,025 bytes, one too many.
(module
  ;; include: memory realloc configure answer decide
  (data (i32.const 1108) "\01\04\00\00")
  (data (i32.const 1168)
    ;; repeat 1025: "x"
  )
)
