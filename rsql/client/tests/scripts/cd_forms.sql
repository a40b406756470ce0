\cd nosuch
\cd
\! basename "$PWD" | wc -l
\cd /
\! pwd
