select 1 as a; \encoding sjis
\echo 'ソ'
set client_encoding to utf8;
select 'x\' as plain;
\encoding sjis \echo ソ
\echo ソ
\encoding utf8 \echo ソ
\echo x\\ y
set client_encoding to gbk; select '―' as same_line;
select '―' as next_line;
\encoding latin1
\echo '饅\' x饅echo y
\encoding euc_jp
\echo ､｢\echo y
\encoding euc_kr
\echo ｰ｡\echo y
\encoding euc_cn
\echo ｰ｡\echo y
\encoding sql_ascii
\echo 'ソ\'
\c -
\encoding
\echo 'ソ\'
