\encoding
\encoding SQL_ASCII
\encoding
\encoding nonsense
show client_encoding;
