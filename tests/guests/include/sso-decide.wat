(func (export "usher:policy/sso-matching@v1#decide") (param i32) (result i32) unreachable)
