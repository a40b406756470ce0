//! The text of `rsql --help`.

/// Usage, options in psql's groups.
pub(super) const HELP: &str = "\
rsql runs Amazon Redshift RSQL and psql scripts on Redshift and PostgreSQL.

Usage:
  rsql [OPTION]... [DBNAME [USERNAME]]

General options:
  -c, --command=COMMAND    run one command (SQL or meta-command); may be repeated and mixed with -f
  -d, --dbname=DBNAME      database, conninfo string or postgresql:// URI
  -f, --file=FILENAME      run commands from a file (- is standard input); may be repeated
  -v, --set=, --variable=NAME=VALUE
                           set variable NAME to VALUE
  -V, --version            show the version
  -X, --no-psqlrc          do not read the start-up file (~/.rsqlrc, else ~/.psqlrc)
  -1, --single-transaction run everything in one transaction
  -?, --help               show this help

Input and output options:
  -a, --echo-all           echo all input
  -b, --echo-errors        echo failed commands
  -e, --echo-queries       echo commands sent to the server
  -E, --echo-hidden        echo queries of meta-commands (not yet)
  -n, --no-readline        accepted, without effect
  -o, --output=FILENAME    send results to a file (or |program)
  -q, --quiet              no messages, only results
  -s, --single-step        confirm each query (not yet)
  -S, --single-line        a line's end ends the SQL command

Output format options:
  -A, --no-align           unaligned output
      --csv                CSV output
  -F, --field-separator=STRING
                           field separator of unaligned output (default \"|\")
  -H, --html               HTML output (not yet)
  -P, --pset=VAR[=ARG]     set a printing option (as \\pset)
  -R, --record-separator=STRING
                           record separator of unaligned output (default newline)
  -t, --tuples-only        rows only
  -T, --table-attr=TEXT    attributes of HTML tables (not yet)
  -x, --expanded           expanded output
  -z, --field-separator-zero
                           separate fields by a zero byte
  -0, --record-separator-zero
                           separate records by a zero byte

Connection options:
  -D, --dsn=NAME           data source of the file in ODBCINI (default ~/.odbc.ini)
  -h, --host=HOSTNAME      server, or directory of its socket (default \"localhost\")
  -p, --port=PORT          port (default 5439)
  -U, --username=USERNAME  user
  -w, --no-password        never ask for a password
  -W, --password           ask for a password

The password is taken from RSPASSWORD, the data source, PGPASSWORD or ~/.pgpass, in this order.
Exit codes: 0 done, N from \\exit N, 1 own failure, 2 no connection, 3 script error with ON_ERROR_STOP.
";
