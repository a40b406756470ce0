create temp table t (a int);
\copy t from program 'echo 1; exit 3'
select * from t;
\copy t to program 'cat >/dev/null; exit 4'
\echo end
