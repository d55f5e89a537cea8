;; expect: approve
;; Harms nobody. Shows that the shared pieces make a policy that is let through, so that every other
;; guest ends as it does for its own fault; also the neighbour whose decisions are measured.
(module
  ;; include: memory realloc configure answer decide
)
