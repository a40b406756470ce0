-- \a \H \t \x \f between each other
select 1 as a, 'x' as b;
\a
select 1 as a, 'x' as b;
\H
select 1 as a, 'x' as b;
\a
select 1 as a, 'x' as b;
\t
\a
\x
select 1 as a, 'x' as b;
\H
select 1 as a, 'x' as b;
\html
select 1 as a, 'x' as b;
\t off
\f ,
\a
select 1 as a, 'x' as b;
\x off
\pset format wrapped
\a
\a
\pset format csv
\a
\pset format csv
\H
\H extra words
\a extra
\t on extra
