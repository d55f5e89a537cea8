;; expect: prepare not-a-component
;; Would catch whatever ends it: what does is no exception.
(module
  ;; include: memory realloc configure answer burn
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (block $caught (try_table (catch_all $caught) (call $burn)))
    (i32.const 1024))
)
