set timezone = 'UTC';
create role dx_du_plain;
create role dx_du_login login;
create role dx_du_all superuser createrole createdb login replication bypassrls noinherit connection limit 5 valid until '2030-01-02 03:04:05+00';
create role dx_du_none nologin connection limit 0;
create role dx_du_one login connection limit 1;
create role dx_du_until login valid until 'infinity';
create role "dx_du Member" in role dx_du_plain, dx_du_login;
comment on role dx_du_all is 'may do
all';
\du dx_du*
\dg dx_du*
\du+ dx_du*
\dg+ dx_du_all
\duS dx_du_plain
\du "dx_du Member"
\du DX_DU_ONE
\du nothing
\du a.b
\du dx_du_one extra
\x
\du+ dx_du_all
\x
\a
\du dx_du_n*
\a
\duS pg_read*
\du pg_monitor
drop role dx_du_plain, dx_du_login, dx_du_all, dx_du_none, dx_du_one, dx_du_until, "dx_du Member";
