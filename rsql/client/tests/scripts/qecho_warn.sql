\qecho to stdout
\qecho -n no newline
\qecho
\warn -n to stderr
\warn x   y 'z  w'
\o qecho.tmp
\qecho to file
\echo to stdout
\warn to stderr
\o
\! cat qecho.tmp; rm qecho.tmp
