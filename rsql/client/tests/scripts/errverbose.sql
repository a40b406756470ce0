\errverbose
select nope;
\errverbose
select 1/0;
\errverbose
