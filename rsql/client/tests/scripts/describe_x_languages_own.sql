create role dx_lang_role;
create language dx_lang handler plpgsql_call_handler inline plpgsql_inline_handler validator plpgsql_validator;
create trusted language dx_lang_trusted handler plpgsql_call_handler;
comment on language dx_lang is 'a language';
grant usage on language dx_lang_trusted to dx_lang_role;
\dL dx_lang*
\dL+ dx_lang*
\x
\dL+ dx_lang
drop language dx_lang, dx_lang_trusted;
drop role dx_lang_role;
