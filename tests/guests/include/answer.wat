;; An approval at 1024, laid out as the canonical ABI lays out `result<decision, failure>`. A guest
;; spoils a field by a later data segment over it.
;;   1024  0 ok, 1 err            (err: 1028 code, 1032 its bytes, 1036 text, 1040 its bytes)
;;   1028  verdict                1032  reasons, 1036 how many     1040  obligations, 1044 how many
;;   1048  placement, 0 or 1      1052  department, 0 or 1, 1056 its text, 1060 its bytes
;;   1088  the reason: code, bytes, params, how many, text, bytes
;;   1120  room for an obligation: kind, bytes, params, how many
(data (i32.const 1032) "\40\04\00\00\01\00\00\00")
(data (i32.const 1088) "\80\04\00\00\07\00\00\00" "\00\00\00\00\00\00\00\00" "\90\04\00\00\07\00\00\00")
(data (i32.const 1152) "hostile")
(data (i32.const 1168) "Let in.")
