;; expect: prepare not-a-component
;; Sizes that overflow whoever computes them in 32 bits, or in 64.
(component
  (core module (memory i64 0x1_0000_0000_0000))
)
