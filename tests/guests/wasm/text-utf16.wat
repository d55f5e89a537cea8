;; expect: approve
;; strings: utf16
;; Speaks the canonical ABI's other encoding, in which lengths count pairs of bytes.
(module
  ;; include: memory realloc configure answer decide
  (data (i32.const 1152) "h\00o\00s\00t\00i\00l\00e\00")
  (data (i32.const 1104) "\a0\04\00\00")
  (data (i32.const 1184) "L\00e\00t\00 \00i\00n\00.\00")
)
