\dax bool_and
\dbx pg_default
\dLx plpgsql
\dTx int
\duxyz nothing
\dnx nothing
\dOx nothing
\dCx nothing
\dlx
\dox === int
\ddx nothing
\ddpx nothing
\dDx nothing
\desx nothing
\dewx nothing
\detx nothing
\deux nothing
\dpx nothing
\dxx nothing
\dXx nothing
\dyx nothing
\dgx nothing
\dAcx btree bool
\dAfx btree bool
\dAox hash bool_ops
\dApx hash bool_ops
\dRpx nothing
\dRsx nothing
\drdsx nothing
\dFdx nothing
\dFtx nothing
