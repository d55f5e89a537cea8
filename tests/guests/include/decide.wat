(func (export "usher:policy/approval@v1#decide") (param i32) (result i32) (i32.const 1024))
