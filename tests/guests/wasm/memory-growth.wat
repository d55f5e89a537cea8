;; expect: fault memory
;; Grows a page at a time and writes to each, until it is told no.
(module
  ;; include: memory realloc configure
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (local $pages i32)
    (loop $again
      (local.set $pages (memory.grow (i32.const 1)))
      (if (i32.ne (local.get $pages) (i32.const -1))
        (then
          (i32.store (i32.mul (local.get $pages) (i32.const 65536)) (i32.const 1))
          (br $again))))
    unreachable)
)
