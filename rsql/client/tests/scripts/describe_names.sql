begin;
\i include/describe_relations.sql
\d "Odd Shop"."My ""Table"""
\d "Odd Shop".*
\d "odd shop".*
\d "Odd Shop"."V.w"
\d "Odd Shop".V.w
\dt "Odd Shop".
\dt "Odd Shop".*
\dt *."My*"
\dt *."My"*
\dtv "Odd Shop".*
\dt shop.*
\dt SHOP.LOG*
\dt shop."LOG"*
\dt s?op.log
\d dev.shop.fast
\d nosuch.shop.fast
\d a.b.c.d
\dt a.b.c.d
\dt nosuch.shop.fast
\dt "dev".shop.fast
\dt (fast|quiet)
\dt [f-q]*
\dt $x
rollback;
