;; expect: fault output-size
;; Eight reasons share one list of 1,000 parameters that share one text of 32 KiB: 250 megabytes for
;; the host to copy, out of 128 KiB of memory.
(module
  ;; include: memory realloc configure answer decide
  (data (i32.const 1032) "\00\08\00\00\08\00\00\00")
  (data (i32.const 2048)
    ;; repeat 8: "\80\04\00\00\07\00\00\00" "\00\20\00\00\e8\03\00\00" "\90\04\00\00\07\00\00\00"
  )
  (data (i32.const 8192)
    ;; repeat 1000: "\80\04\00\00\07\00\00\00" "\00\80\00\00\00\80\00\00"
  )
)
