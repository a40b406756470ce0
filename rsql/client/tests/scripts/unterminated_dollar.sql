select 1 as a;
select $x$open
$y$;
