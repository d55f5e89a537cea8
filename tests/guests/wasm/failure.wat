;; expect: fault policy-failure
;; says: hostile
;; Says itself that it can't decide.
(module
  ;; include: memory realloc configure answer decide
  (data (i32.const 1024) "\01\00\00\00" "\80\04\00\00\07\00\00\00" "\90\04\00\00\07\00\00\00")
)
