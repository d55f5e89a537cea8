;; expect: fault output-invalid
;; 178,956,971 reasons: times 24 bytes, that overflows 32 bits to 8.
(module
  ;; include: memory realloc configure answer decide
  (data (i32.const 1036) "\ab\aa\aa\0a")
)
