\if yes
  \if no
    \echo a
  \elif no
    \echo b
  \else
    \echo c
    \if t
      \echo d
    \endif
  \endif
\else
  \if true
    \echo e
  \else
    \echo f
  \endif
\endif
\if 0
  \if nonsense
    \echo g
  \endif
\endif
