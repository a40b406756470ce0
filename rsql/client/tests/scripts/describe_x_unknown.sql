\dq
\dQ x
\dAz
\dezz
\drx
\dRx
\dFx
\dPx
\D
\DF
\dfx
\echo after
