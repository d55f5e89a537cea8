;; expect: prepare settings-invalid
;; settings: {"domains": [
(module
  ;; include: memory realloc configure answer decide
)
