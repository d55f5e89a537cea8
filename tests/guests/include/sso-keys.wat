;; No keys: an empty list is zeros, and so is all of memory at 512.
(func (export "usher:policy/sso-matching@v1#match-keys")
  (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
  (i32.const 512))
