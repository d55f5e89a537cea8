;; expect: fault output-invalid
;; strings: compact-utf16
;; 200,000 bytes that are 400,000 in UTF-8.
(module
  (memory (export "memory") 8)
  ;; include: realloc configure answer
  (data (i32.const 1108) "\40\0d\03\00" )
  (data (i32.const 1104) "\00\00\02\00" )
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (memory.fill (i32.const 0x20000) (i32.const 0xe9) (i32.const 200000))
    (i32.const 1024))
)
