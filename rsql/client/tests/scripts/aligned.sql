select 1 as number, 'text' as a_text, true as flag, 1.50 as num, null as nothing, date '2024-01-31' as d;
select 'a
b' as two_lines, 'c' as one;
select 'tab	x' as tab, E'\x01' as ctrl, 'é日本' as wide;
select 'very long column value that goes on and on' as short, 1 as a_very_long_column_name;
select 1 as "  ", 2 as "é";
select array[1,2] as arr, '{"a":1}'::jsonb as j, interval '1 day' as i, '\xdead'::bytea as b;
select repeat('x', 200) as x;
select g as "n", g * 1000000 as big from generate_series(1, 12) g;
