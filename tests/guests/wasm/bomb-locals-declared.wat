;; expect: prepare not-a-component
;; More locals than the format allows.
(component (core module (func
    ;; repeat 60000: (local i64)
)))
