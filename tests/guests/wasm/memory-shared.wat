;; expect: prepare not-a-component
;; says: threads
;; Waits for another thread, for ever, and without burning fuel or reaching an epoch check.
(module
  ;; include: memory realloc configure answer decide
)
(component
  (core module
    (memory 1 1 shared)
    (func $start (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))
    (start $start))
  (core instance (instantiate 1))
)
