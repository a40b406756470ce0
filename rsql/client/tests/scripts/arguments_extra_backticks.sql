\dt a `echo extra`
\dt a :x 'b c' "d" `echo e`
\set x 5
\dt a :x :'x' `echo :x` pre`echo mid`post
\if false `echo tt` `echo uu`
\dt a `echo extra`
\else `echo vv` 'a' :x
\echo here
\endif `echo "q"`
\q `echo more`
