#!/usr/bin/env bash
# The demo on AWS, without an account: a local AWS endpoint, a private PostgreSQL, the dispatcher as a Lambda function, two
# worker agents. An event on the bus starts a real night; a workflow that fails on purpose alerts and is resumed.
# Called by `make demo-aws`. Everything lies in .demo-aws/ and is made anew each time; it needs no terminal.
# Its resources are made by tests/aws_resources.py in a second: packages, synthesis and the CDK CLI would take longer than all
# the rest, and Node. tests/tests/infra/ holds that both make the same, and runs the night on what the CDK CLI has deployed.
set -euo pipefail
cd "$(dirname "$0")/.."

. rsql-scripts/demo-common.sh
readonly STACK=demo DEMO=.demo-aws PROJECT=.demo-aws/project
# Processes of the demo, ended with it.
processes=()

# background LOG COMMAND…: starts it, remembers its id.
background() {
  local log="$1"; shift
  "$@" > "$log" 2>&1 < /dev/null &
  processes+=($!)
}

finish() {
  local process
  for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done
  for process in "${processes[@]}"; do wait "$process" 2>/dev/null || true; done
  processes=()
  if [[ -d "$DEMO/warehouse" ]]; then tests/postgres.sh remove "$DEMO/warehouse"; fi
  if [[ -d "$DEMO/aws" ]]; then tests/moto.sh stop "$DEMO/aws"; fi
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

. tests/prerequisites.sh
need_rust
need_python

heading "Build (some minutes the first time)"
run cargo build -p rsqlctl -p rsql-client -p dispatcher -p worker -p fleet-tests --bins
built=$SECONDS

heading "Start a private PostgreSQL as the warehouse, and a local AWS endpoint"
finish
rm -rf "$DEMO"
make_project "$PROJECT"
settings=$(tests/postgres.sh start "$DEMO/warehouse" --until $$)
eval "$settings"
settings=$(tests/moto.sh start "$DEMO/aws" --until $$)
eval "$settings"
say "PostgreSQL on $PGHOST:$PGPORT; AWS on $AWS_ENDPOINT_URL: nothing else differs from a real account"
export PATH="$CARGO_TARGET_DIR/debug:$(dirname "$FLEET_MOTO_PYTHON"):$PATH"
export FLEET_STACK="$STACK" RSQLCTL_PROJECT="$PROJECT"
# The AWS CLI looks for SQS elsewhere unless it is told here, too.
aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }

heading "Make the stack: tables, queues, bus and rules, topic, log groups; a secret; two listeners to alerts"
"$FLEET_MOTO_PYTHON" tests/aws_resources.py create "$STACK"
secret=$(printf '{"host": "%s", "port": "%s", "username": "%s", "password": "%s", "dbname": "%s"}' \
  "$PGHOST" "$PGPORT" "$PGUSER" "$PGPASSWORD" "$PGDATABASE")
aws secretsmanager create-secret --name "$STACK/warehouse" --secret-string "$secret" --query ARN --output text
aws sqs create-queue --queue-name "$STACK-heard" --query QueueUrl --output text > "$DEMO/heard.url"
background "$DEMO/alerts.log" "$FLEET_MOTO_PYTHON" tests/moto/listen.py "$DEMO/listener.port" "$DEMO/alerts.http"
until [[ -s "$DEMO/listener.port" ]]; do kill -0 "${processes[-1]}" || die "the listener did not start"; sleep 0.05; done
topic="arn:aws:sns:us-east-1:123456789012:$STACK-alerts"
subscribe() { aws sns subscribe --topic-arn "$topic" --protocol "$1" --notification-endpoint "$2" --output text; }
subscribe sqs "arn:aws:sqs:us-east-1:123456789012:$STACK-heard"
subscribe http "http://127.0.0.1:$(cat "$DEMO/listener.port")/"

heading "Start the dispatcher as a Lambda function of the events queue, and two worker agents"
background "$DEMO/lambda.log" play-lambda "$STACK-events" "$CARGO_TARGET_DIR/debug/dispatcher" "$DEMO/dispatcher.log"
for host in 1 2; do
  background "$DEMO/worker-$host.log" worker --queue default=4 --scripts "$PROJECT/scripts" \
    --connection "warehouse=$STACK/warehouse" --spool "$DEMO/spool-$host" --health none
done
say "dispatcher: $DEMO/dispatcher.log; workers: $DEMO/worker-1.log, $DEMO/worker-2.log"

heading "Deploy the workflows into DynamoDB, their schedules into EventBridge"
run rsqlctl deploy --reason "demo"

# put_start WORKFLOW ID
put_start() {
  local detail entries
  detail=$(printf '{\\"workflow_id\\": \\"%s\\", \\"workflow_execution_id\\": \\"%s\\", \\"params\\": {\\"business_date\\": \\"%s\\"}}' "$1" "$2" "$DATE")
  entries=$(printf '[{"EventBusName": "%s", "Source": "demo", "DetailType": "Workflow Start", "Detail": "%s"}]' "$STACK" "$detail")
  run aws events put-events --entries "$entries"
}

heading "Put a start event on the bus: the night of $DATE"
put_start nightly_flights "$NIGHT"
# The same start once more is no second one, whichever comes first; with --wait it is a way to look on.
run rsqlctl start nightly_flights --id "$NIGHT" --param "business_date=$DATE" --wait
run head -n 12 "$PROJECT/out/nightly_$DATE.txt"

heading "The audit trail, in DynamoDB"
run rsqlctl audit "$NIGHT"

heading "The logs, in CloudWatch"
run aws logs describe-log-streams --log-group-name "/$STACK/jobs" --log-stream-name-prefix "$NIGHT/load_weather/" \
  --query 'logStreams[].logStreamName' --output text
run rsqlctl logs "$NIGHT" load_weather --all

heading "Who serves"
run rsqlctl workers

heading "A workflow that fails on purpose: a correction names an airline that the warehouse does not know"
put_start nightly_quality "$QUALITY"
code=0
run rsqlctl start nightly_quality --id "$QUALITY" --param "business_date=$DATE" --wait || code=$?
[[ "$code" == "$EXECUTION_FAILED" ]] || die "nightly_quality was to fail with exit code $EXECUTION_FAILED, it ended with $code"
say ""
say "The alert as the subscribed queue has it:"
aws sqs receive-message --queue-url "$(cat "$DEMO/heard.url")" --wait-time-seconds 10 --query 'Messages[0].Body' --output text \
  | "$FLEET_MOTO_PYTHON" -c 'import json, sys; print(json.dumps(json.loads(json.load(sys.stdin)["Message"]), indent=2))'
say "and as it was posted to the HTTP endpoint, for a chat:"
head -n 1 "$DEMO/alerts.http"

heading "Mend the cause, resume"
run rsql -X -q -c "insert into nyc.dim_airline select max(airline_key) + 1, 'G7', 'GoJet Airlines' from nyc.dim_airline"
run rsqlctl resume "$QUALITY" --reason "added the airline G7" --wait
run cat "$PROJECT/out/certificate_$DATE.txt"

heading "Done"
flights=$(rsql -X -t -A -c "select count(*) from nyc.fact_flight")
say "$flights flights in the warehouse; built in ${built}s, ran in $((SECONDS - built))s; logs of the processes are in $DEMO"
run rsqlctl list
