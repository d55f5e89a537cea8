;; expect: prepare not-a-component
;; Objects lie in a heap that is no linear memory, and a collector runs where no fuel counts.
(module
  (type $node (struct (field (mut (ref null $node)))))
  ;; include: memory realloc configure
  (global $kept (mut (ref null $node)) (ref.null $node))
  (func (export "usher:policy/approval@v1#decide") (param i32) (result i32)
    (loop $again
      (global.set $kept (struct.new $node (global.get $kept)))
      (br $again))
    unreachable)
)
