\echo "double ''quotes''" 'single "quotes"' mixed'in'"words"
\echo 'a\tb\\c\'d' "no\tescape"
\echo '' ""
\echo 'unicode é' \\ 
\echo a,b;c(d)
\echo `echo "a  b"` 'x'`echo y`z
\echo :nosuch:nosuch ':nosuch'
\echo 'octal \101 hex \x41 end'
\echo a\tb
\set a 'x' 'y'  z
\echo :a
\set b 'x'y"z"
\echo :b
