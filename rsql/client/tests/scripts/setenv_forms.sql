\setenv A=b c
\setenv
\setenv X 'two words'
\! echo "$X"
\getenv
\getenv only
\setenv X
\! echo "[$X]"
