;; Never returns. A hundred instructions to a round, so that the fuel ends long before the deadline.
(func $burn
  (loop $again
    ;; repeat 100: (drop (i32.const 0))
    (br $again)))
