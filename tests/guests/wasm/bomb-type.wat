;; expect: prepare not-a-component
;; A type of two to the sixtieth numbers, in sixty lines.
(component
  (type (tuple u8 u8))
  ;; repeat 60: (type (tuple {n} {n}))
)
