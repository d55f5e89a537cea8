;; expect: fault stack
;; Calls the host from ever deeper, for as long as it may: its frames lie on the same stack.
(module
  (import "usher:policy/log@v1" "write" (func $log (param i32 i32 i32)))
  ;; include: memory realloc configure answer
  (func $deeper (param i32) (result i32)
    (if (i32.eqz (i32.and (local.get 0) (i32.const 0x3ff)))
      (then (call $log (i32.const 1) (i32.const 1168) (i32.const 7))))
    (i32.add (local.get 0) (call $deeper (i32.add (local.get 0) (i32.const 1)))))
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (call $deeper (i32.const 0)))
)
