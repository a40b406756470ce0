select 'it''s', "a""b" from (select 1 as "a""b") t;
select E'a\'b\n\\', U&'d\0061t', b'101', x'1F', N'n';
select 'two
lines', ';', '--no', '/* no */';
select 'a' -- joined
'b';
