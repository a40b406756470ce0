\echo before
\i include/one.sql
\echo after :from_one
\ir include/two.sql
\include include/one.sql
\include_relative include/two.sql
\i include/fails.sql
\echo end
