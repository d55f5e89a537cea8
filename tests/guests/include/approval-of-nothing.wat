;; For a component that is refused for something else: the interface with its functions, of no types.
(core module $nothing (func (export "nothing")))
(core instance $nothing (instantiate $nothing))
(func $nothing (canon lift (core func $nothing "nothing")))
(instance $approval (export "configure" (func $nothing)) (export "decide" (func $nothing)))
(export "usher:policy/approval@v1" (instance $approval))
