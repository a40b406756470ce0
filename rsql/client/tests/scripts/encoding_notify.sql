\encoding latin1
\o |sed 's/PID [0-9]*/PID n/'
listen "ké";
notify "ké";
notify "ké", 'pü';
select 1 as a;
\encoding sjis
listen "•\";
notify "•\", 'ƒ\';
\encoding utf8
notify "kÃ©", 'è¡¨';
begin;
notify "kÃ©", 'later';
select 2 as b;
commit;
\o
