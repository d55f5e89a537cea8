;; expect: prepare not-a-component
;; A heap that is no linear memory.
(module
  ;; include: memory realloc configure answer decide
)
(component
  (core module (type (array (mut i64))) (func (result i32) (array.len (array.new_default 0 (i32.const 0x7fffffff)))))
)
