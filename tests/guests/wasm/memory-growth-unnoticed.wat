;; expect: fault memory
;; Asks for more than it may have, shrugs at the refusal and approves. A policy that depended on how
;; much memory the host allows could not be replayed.
(module
  ;; include: memory realloc configure answer
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (drop (memory.grow (i32.const 60000)))
    (i32.const 1024))
)
