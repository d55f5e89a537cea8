;; expect: prepare compile-limit
;; Loops within loops, each of which hands a thousand values on.
(module
  ;; include: memory realloc configure answer decide
  (type $many (func (param
    ;; repeat 1000: i64
  ) (result
    ;; repeat 1000: i64
  )))
  (func (type $many)
    ;; repeat 1000: local.get {n}
    ;; repeat 2000: loop (type $many) local.get 0 i32.wrap_i64 br_if 0
    ;; repeat 2000: end
  )
)
