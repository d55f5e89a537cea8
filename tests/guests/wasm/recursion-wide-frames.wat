;; expect: fault stack
;; Every frame keeps 2,000 values alive across the call, so few calls use the whole stack.
(module
  ;; include: memory realloc configure
  (func $deeper (param $seed i64) (result i64)
    ;; repeat 2000: (local i64)
    ;; repeat 2000: (local.set {n} (i64.mul (local.get $seed) (i64.load (i32.const {n}))))
    (drop (call $deeper (i64.add (local.get $seed) (i64.const 1))))
    (i64.const 0)
    ;; repeat 2000: (i64.xor (local.get {n}))
  )
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (i32.wrap_i64 (call $deeper (i64.const 0))))
)
