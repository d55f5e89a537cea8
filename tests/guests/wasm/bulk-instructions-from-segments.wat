;; expect: fault fuel
;; As `bulk-instructions`, from segments.
(module
  ;; include: memory realloc configure
  (table $one 10000 funcref)
  (func $f)
  (elem $functions func
    ;; repeat 10000: $f
  )
  (data $bytes
    ;; repeat 1000: "sixty-four bytes, again and again, so that a segment has some size"
  )
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (loop $again
      (table.init $one $functions (i32.const 0) (i32.const 0) (i32.const 10000))
      (memory.init $bytes (i32.const 0) (i32.const 0) (i32.const 64000))
      (br $again))
    unreachable)
)
