select 1 as a, 'x'::varchar(5) as b, null::numeric(5,2) as c \gdesc
create temp table gdesc_t (a int) \gdesc
select 1 as a \gdesc
