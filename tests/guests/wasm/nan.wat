;; expect: approve
;; Puts the bits of fresh NaNs into its reason. They are canonical on every machine, or two runs and a
;; replay elsewhere would differ.
(module
  ;; include: memory realloc configure answer
  (func $digit (param $at i32) (param $bits i32)
    (i32.store8 (local.get $at) (i32.add (i32.const 97) (i32.and (local.get $bits) (i32.const 15)))))
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (local $nan i32)
    (local.set $nan (i32.reinterpret_f32 (f32.div (f32.convert_i32_s (i32.load (i32.const 0)))
                                                  (f32.convert_i32_s (i32.load (i32.const 4))))))
    (call $digit (i32.const 1168) (i32.shr_u (local.get $nan) (i32.const 28)))
    (call $digit (i32.const 1169) (i32.shr_u (local.get $nan) (i32.const 22)))
    (call $digit (i32.const 1170) (local.get $nan))
    (i32.const 1024))
)
