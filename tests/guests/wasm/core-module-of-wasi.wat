;; expect: prepare not-a-component
;; as: core
;; What `wasm32-wasip1` makes.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
  ;; include: memory
  (func (export "_start"))
)
