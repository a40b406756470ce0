-- Texts of the server and excerpts of statements are bytes of the client encoding, and their columns are counted in it.
\encoding latin1
select 'щщ' as щ, nosuch;
select щtoile;
\echo :LAST_ERROR_MESSAGE
select 'щщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщ', nosuch, 'tail tail tail щ tail';
\errverbose
do $$ begin raise notice 'щ'; end $$;
\encoding win1252
select 'щщ' as щ, nosuch;
select щtoile;
\echo :LAST_ERROR_MESSAGE
select 'щщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщщ', nosuch, 'tail tail tail щ tail';
\errverbose
do $$ begin raise notice 'щ'; end $$;
\encoding euc_jp
select '┤┴╗·длд╩' as "┤┴", nosuch;
select ┤┴╗·;
select '┤┴╗·длд╩┤┴╗·длд╩┤┴╗·длд╩┤┴╗·длд╩┤┴╗·длд╩┤┴╗·длд╩┤┴╗·длд╩┤┴╗·длд╩┤┴╗·длд╩┤┴╗·длд╩┤┴╗·длд╩┤┴╗·длд╩┤┴╗·длд╩┤┴╗·длд╩', nosuch, '┤┴╗·длд╩┤┴╗·длд╩';
\errverbose
select '┤┴╗·' as ╗·, 'abc' as a;
select 'О▒' as "О▒", 'О▒О▒', nosuch;
select 'О▒' as "О▒", 'ab';
\encoding sjis
select 'К┐ОЪВйВ╚' as "К┐", nosuch;
select К┐ОЪ;
select 'К┐ОЪВйВ╚К┐ОЪВйВ╚К┐ОЪВйВ╚К┐ОЪВйВ╚К┐ОЪВйВ╚К┐ОЪВйВ╚К┐ОЪВйВ╚К┐ОЪВйВ╚К┐ОЪВйВ╚К┐ОЪВйВ╚К┐ОЪВйВ╚К┐ОЪВйВ╚К┐ОЪВйВ╚К┐ОЪВйВ╚', nosuch, 'К┐ОЪВйВ╚К┐ОЪВйВ╚';
\errverbose
select 'К┐ОЪ' as ОЪ, 'abc' as a;
select '▒' as "▒", '▒▒', nosuch;
select '▒' as "▒", 'ab';
\encoding gbk
select 'Эh╫╓длд╩' as "Эh", nosuch;
select Эh╫╓;
select 'Эh╫╓длд╩Эh╫╓длд╩Эh╫╓длд╩Эh╫╓длд╩Эh╫╓длд╩Эh╫╓длд╩Эh╫╓длд╩Эh╫╓длд╩Эh╫╓длд╩Эh╫╓длд╩Эh╫╓длд╩Эh╫╓длд╩Эh╫╓длд╩Эh╫╓длд╩', nosuch, 'Эh╫╓длд╩Эh╫╓длд╩';
\errverbose
select 'Эh╫╓' as ╫╓, 'abc' as a;
\encoding big5
select '║~жrд@дG' as "║~", nosuch;
select ║~жr;
select '║~жrд@дG║~жrд@дG║~жrд@дG║~жrд@дG║~жrд@дG║~жrд@дG║~жrд@дG║~жrд@дG║~жrд@дG║~жrд@дG║~жrд@дG║~жrд@дG║~жrд@дG║~жrд@дG', nosuch, '║~жrд@дG║~жrд@дG';
\errverbose
select '║~жr' as жr, 'abc' as a;
\encoding euc_kr
select '∙╙эоклк╩' as "∙╙", nosuch;
select ∙╙эо;
select '∙╙эоклк╩∙╙эоклк╩∙╙эоклк╩∙╙эоклк╩∙╙эоклк╩∙╙эоклк╩∙╙эоклк╩∙╙эоклк╩∙╙эоклк╩∙╙эоклк╩∙╙эоклк╩∙╙эоклк╩∙╙эоклк╩∙╙эоклк╩', nosuch, '∙╙эоклк╩∙╙эоклк╩';
\errverbose
select '∙╙эо' as эо, 'abc' as a;
\encoding uhc
select '∙╙эоклк╩' as "∙╙", nosuch;
select ∙╙эо;
select '∙╙эоклк╩∙╙эоклк╩∙╙эоклк╩∙╙эоклк╩∙╙эоклк╩∙╙эоклк╩∙╙эоклк╩∙╙эоклк╩∙╙эоклк╩∙╙эоклк╩∙╙эоклк╩∙╙эоклк╩∙╙эоклк╩∙╙эоклк╩', nosuch, '∙╙эоклк╩∙╙эоклк╩';
\errverbose
select '∙╙эо' as эо, 'abc' as a;
\encoding gb18030
select 'Эh╫╓длд╩' as "Эh", nosuch;
select Эh╫╓;
select 'Эh╫╓длд╩Эh╫╓длд╩Эh╫╓длд╩Эh╫╓длд╩Эh╫╓длд╩Эh╫╓длд╩Эh╫╓длд╩Эh╫╓длд╩Эh╫╓длд╩Эh╫╓длд╩Эh╫╓длд╩Эh╫╓длд╩Эh╫╓длд╩Эh╫╓длд╩', nosuch, 'Эh╫╓длд╩Эh╫╓длд╩';
\errverbose
select 'Эh╫╓' as ╫╓, 'abc' as a;
select 'Б9й3' as "Б9й3", nosuch;
select 'Б9ю9' as a;
\encoding euc_cn
select '╥╗╫╓длд╩' as "╥╗", nosuch;
select ╥╗╫╓;
select '╥╗╫╓длд╩╥╗╫╓длд╩╥╗╫╓длд╩╥╗╫╓длд╩╥╗╫╓длд╩╥╗╫╓длд╩╥╗╫╓длд╩╥╗╫╓длд╩╥╗╫╓длд╩╥╗╫╓длд╩╥╗╫╓длд╩╥╗╫╓длд╩╥╗╫╓длд╩╥╗╫╓длд╩', nosuch, '╥╗╫╓длд╩╥╗╫╓длд╩';
\errverbose
select '╥╗╫╓' as ╫╓, 'abc' as a;
