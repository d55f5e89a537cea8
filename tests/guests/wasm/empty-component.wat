;; expect: prepare wrong-world
;; says: usher:policy/approval
(component)
