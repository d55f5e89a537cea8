;; expect: fault output-invalid
;; strings: compact-utf16
;; The top bit of a length says that these are pairs of bytes, and one of the halves has no other.
(module
  ;; include: memory realloc configure answer decide
  (data (i32.const 1092) "\01\00\00\80")
  (data (i32.const 1152) "\00\dc")
)
