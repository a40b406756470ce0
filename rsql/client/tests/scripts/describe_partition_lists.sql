begin;
\i include/describe_relations.sql
\dP
\dP+
\dPt
\dPt+
\dPi
\dPi+
\dPn
\dPn+
\dPtn
\dPin+
\dPtin
\dP log*
\dPi log*
\dPn+ shop.*
\dPt nosuch
\dP shop.log
\dPx
\dPS
\dPtS
\dPt2
\dP a.b.c.d
rollback;
