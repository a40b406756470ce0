set client_min_messages = error;
create subscription dx_rs_one connection 'host=127.0.0.1 port=1 dbname=x' publication p1 with (connect = false, slot_name = none, enabled = false);
create subscription dx_rs_two connection 'host=127.0.0.1 port=1' publication p1, "P 2" with (connect = false, slot_name = none, enabled = false, binary, streaming, synchronous_commit = 'local', two_phase, disable_on_error);
\dRs dx_rs*
\dRs+ dx_rs*
\dRs dx_rs_two
\dRs nothing
\dRs a.b
\dRsS+ dx_rs_one extra
drop subscription dx_rs_one;
drop subscription dx_rs_two;
