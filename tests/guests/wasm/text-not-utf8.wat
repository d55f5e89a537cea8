;; expect: fault output-invalid
;; A lone continuation byte, a surrogate and an overlong slash.
(module
  ;; include: memory realloc configure answer decide
  (data (i32.const 1168) "\80\ed\a0\80\c0\af!")
)
