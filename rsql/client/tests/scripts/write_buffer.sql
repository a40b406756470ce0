select 1
\w buffer.tmp
;
\! cat buffer.tmp; rm buffer.tmp
\w buffer.tmp
\! cat buffer.tmp; rm buffer.tmp
\w /nonexistent/x
