select 1 as c1, 2 as c2, 3 as c3, 4 as c4, 5 as c5, 6 as c6, 7 as c7, 8 as c8, 9 as c9, 10 as c10, 11 as c11, 12 as c12, 13 as c13, 14 as c14, 15 as c15;
select g, g*g as sq, repeat('x', g) as bar, case when g % 2 = 0 then null else g end as odd from generate_series(1, 15) g;
