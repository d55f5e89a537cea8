;; expect: fault output-invalid
;; 65 bytes.
(module
  ;; include: memory realloc configure answer decide
  (data (i32.const 1088) "\00\08\00\00\41\00\00\00")
  (data (i32.const 2048)
    ;; repeat 65: "x"
  )
)
