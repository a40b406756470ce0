\dconfig work_mem
\dconfig WORK_MEM
\dconfig+ *_mem
\dconfig enable_*
\dconfig+ search_path
set search_path = a, "B c";
\dconfig search_path
\dconfig+ search_*
set dx.own = 'x';
\dconfig dx.own
\dconfig "dx.own"
\dconfig nothing
\dconfig a.b
\dconfigS work_mem
\dconfigfoo work_mem
\dconfig work_mem extra
\dconfig a.b.c.d
\dconfig dev.b
