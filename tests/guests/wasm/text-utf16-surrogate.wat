;; expect: fault output-invalid
;; strings: utf16
;; Half a surrogate pair.
(module
  ;; include: memory realloc configure answer decide
  (data (i32.const 1152) "h\00o\00s\00t\00i\00l\00\00\d8")
)
