;; Any settings will do: `ok` is a zero byte, and so is all of memory at 512.
(func (export "usher:policy/approval@v1#configure") (param i32 i32) (result i32) (i32.const 512))
