\dAc
\dAc+
\dAf
\dAf+
\dAo
\dAo+
\dAp
\dAp+
