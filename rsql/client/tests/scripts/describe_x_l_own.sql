create role dx_l_role;
create database dx_l_one owner dx_l_role;
comment on database dx_l_one is 'a database';
grant connect, create on database dx_l_one to dx_l_role with grant option;
revoke temporary on database dx_l_one from public;
\l dx_l_*
\o |sed -E 's/[0-9]+ kB/N kB/'
\pset format unaligned
\l+ dx_l_*
\o
drop database dx_l_one;
drop role dx_l_role;
