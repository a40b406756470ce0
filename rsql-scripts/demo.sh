#!/usr/bin/env bash
# The demo: builds the product, runs a real night on a private PostgreSQL, fails a workflow on purpose, resumes it.
# Called by `make demo`. Everything lies in .demo/ and is made anew each time; it needs no terminal and no account.
set -euo pipefail
cd "$(dirname "$0")/.."

. rsql-scripts/demo-common.sh
readonly DEMO=.demo PROJECT=.demo/project

finish() { if [[ -d "$DEMO/warehouse" ]]; then tests/postgres.sh remove "$DEMO/warehouse"; fi; }
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

. tests/prerequisites.sh
need_rust

heading "Build (some minutes the first time)"
# Without AWS, whose SDK takes longer to compile than all the rest, and which the demo does not need.
run cargo build -p rsqlctl -p rsql-client --bins --no-default-features
export PATH="$CARGO_TARGET_DIR/debug:$PATH"
built=$SECONDS

heading "Start a private PostgreSQL as the warehouse"
finish
rm -rf "$DEMO"
make_project "$PROJECT"
settings=$(tests/postgres.sh start "$DEMO/warehouse" --until $$)
eval "$settings"
say "PostgreSQL on $PGHOST:$PGPORT, database $PGDATABASE, user $PGUSER"
export RSQLCTL_PROJECT="$PROJECT"

heading "Check and deploy the workflows"
run rsqlctl validate
run rsqlctl deploy --reason "demo"
run rsqlctl graph nightly_flights

heading "Run the night of $DATE"
run rsqlctl start nightly_flights --id "$NIGHT" --param "business_date=$DATE" --reason "demo" --wait

heading "The report that it wrote"
run head -n 12 "$PROJECT/out/nightly_$DATE.txt"

heading "The audit trail"
run rsqlctl audit "$NIGHT"

heading "The logs"
run find "$PROJECT/.fleet/logs/$NIGHT/load_weather" -type f
run rsqlctl logs "$NIGHT" load_weather --all

heading "A workflow in the older stage form, read as it is"
run rsqlctl start legacy_routes --id "$ROUTES" --reason "demo" --wait

heading "A workflow that fails on purpose: a correction names an airline that the warehouse does not know"
code=0
run rsqlctl start nightly_quality --id "$QUALITY" --param "business_date=$DATE" --reason "demo" --wait || code=$?
[[ "$code" == "$EXECUTION_FAILED" ]] || die "nightly_quality was to fail with exit code $EXECUTION_FAILED, it ended with $code"
say ""
say "The alert is in a file, too, as a webhook would get it:"
run tail -n 1 "$PROJECT/.fleet/alerts.jsonl"

heading "Mend the cause, resume"
run rsql -X -q -c "insert into nyc.dim_airline select max(airline_key) + 1, 'G7', 'GoJet Airlines' from nyc.dim_airline"
run rsqlctl resume "$QUALITY" --reason "added the airline G7" --wait
run cat "$PROJECT/out/certificate_$DATE.txt"

heading "Done"
flights=$(rsql -X -t -A -c "select count(*) from nyc.fact_flight")
say "$flights flights in the warehouse; built in ${built}s, ran in $((SECONDS - built))s; state and logs are in $PROJECT/.fleet"
run rsqlctl list
