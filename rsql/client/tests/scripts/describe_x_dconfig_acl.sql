create role dx_dconfig;
grant set on parameter log_statement to dx_dconfig;
\dconfig+ log_statement
\x
\dconfig+ log_statement
\x
revoke all on parameter log_statement from dx_dconfig;
drop role dx_dconfig;
