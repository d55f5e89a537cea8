;; expect: approve
;; Has the host write every part of the request over the one before: it spoils nobody's memory but its own.
(module
  ;; include: memory configure answer decide
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536))
)
