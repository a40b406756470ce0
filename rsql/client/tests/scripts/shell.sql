\echo before
\! echo from the shell
\echo after
\! exit 3
\! echo to stderr >&2
\setenv FOO bar
\! echo $FOO
\getenv got FOO
\echo :got
\setenv FOO
\! echo [$FOO]
\getenv gone NO_SUCH_VARIABLE_X
\echo :{?gone}
