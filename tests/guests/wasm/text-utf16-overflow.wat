;; expect: fault output-invalid
;; strings: utf16
;; 2,147,483,655 pairs of bytes: doubled, that overflows 32 bits to 14.
(module
  ;; include: memory realloc configure answer decide
  (data (i32.const 1092) "\07\00\00\80")
)
