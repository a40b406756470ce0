\c postgresql://nosuchuser_x:topsecret@127.0.0.1:1/none
\echo done
