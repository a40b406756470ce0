\conninfo
\c - - - -
\c -reuse-previous=on dbname=postgres
\conninfo
\c -reuse-previous=nonsense x
