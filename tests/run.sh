#!/usr/bin/env bash
# Verifies the repository: lint, build, all tests against one private PostgreSQL and one local AWS endpoint, doc tests.
#
#   tests/run.sh test    everything; the last line is `N passed, N failed`
#   tests/run.sh lint    formatting, clippy, types of TypeScript, shell syntax
#   tests/run.sh chaos   faults thrown at the real processes: FAULTS of them (300), as SEED says
#   tests/run.sh fuzz    the language's fuzz targets, MINUTES (60) for all of them together
#   tests/run.sh bench   figures, printed and not judged: see docs/performance.md
#
# A step of the lint that fails counts as one failure, so that the last line is never green by mistake.
set -euo pipefail
cd "$(dirname "$0")/.."

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/rsql-fleet/target}"
# What verifies infra/; a test of this script plays it, as it plays cargo.
readonly INFRA="${FLEET_INFRA_CHECKS:-tests/infra.sh}"
passed=0
failed=0
child=
# Where the child's output goes, if not to ours, and what shows and keeps it.
sink=
reader=
# True while a result is owed: whatever ends the script then, its last line says that something failed.
owed=

heading() { printf '\n== %s\n' "$*"; }

# As a job that is waited for, in a process group of its own: bash runs a trap only between commands, a signal
# must not have to wait for the end of a build, and then it must reach cargo's children too.
run() {
  local code=0
  set -m
  if [[ -n "$sink" ]]; then "$@" < /dev/null > "$sink" 2>&1 & else "$@" < /dev/null & fi
  child=$!
  set +m
  wait "$child" || code=$?
  child=
  return "$code"
}

work=$(mktemp -d)
# The server's unprivileged user has to pass through.
chmod 711 "$work"
finish() {
  # Our own child first: it may still be talking to the server.
  if [[ -n "$child" ]]; then kill -- "-$child" 2>/dev/null || true; wait "$child" 2>/dev/null || true; fi
  # The last line must be the last: the reader has then shown what the child had to say.
  if [[ -n "$reader" ]]; then wait "$reader" 2>/dev/null || true; fi
  if [[ -d "$work/warehouse" ]]; then tests/postgres.sh remove "$work/warehouse" || true; fi
  if [[ -d "$work/aws" ]]; then tests/moto.sh stop "$work/aws" || true; fi
  rm -rf "$work"
  if [[ -n "$owed" ]]; then printf '\n%s passed, %s failed\n' "$passed" "$((failed + 1))"; fi
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- prerequisites --------------------------------------------------------------------------------------

. tests/prerequisites.sh

prerequisites() {
  need_rust
  need_cxx
  need_python
  need_package_readers
  need_node
}

# --- lint -----------------------------------------------------------------------------------------------

step() {
  heading "$*"
  if run "$@"; then return; fi
  failed=$((failed + 1))
  echo "run.sh: failed: $*" >&2
}

shell_syntax() { local file; for file in "$@"; do bash -n "$file" || return; done; }

lint() {
  step cargo fmt --all --check
  step cargo clippy --locked --quiet --workspace --all-targets -- -D warnings
  step "$INFRA" install
  step "$INFRA" types
  step "$INFRA" format
  step shell_syntax .ci/run tests/*.sh packaging/*.sh packaging/worker/*.sh $(find rsql-scripts -name '*.sh')
  step python3 tests/capacity.py --check
}

# --- tests ----------------------------------------------------------------------------------------------

start_warehouse() {
  # The caller's own database must not be found by a test, nor its settings change what a test sees.
  unset "${!PG@}" RSPASSWORD ODBCINI
  heading "start a private PostgreSQL"
  tests/postgres.sh start "$work/warehouse" --until $$ > "$work/env"
  FLEET_TEST_PG=$(sed -n 's/^export FLEET_TEST_PG=//p' "$work/env")
  FLEET_PG_BINDIR=$(sed -n 's/^export FLEET_PG_BINDIR=//p' "$work/env")
  export FLEET_TEST_PG FLEET_PG_BINDIR
  sed -n 's/^export PGHOST=\([^ ]*\) PGPORT=\([^ ]*\).*/\1:\2/p' "$work/env"
}

start_endpoint() {
  heading "start a local AWS endpoint"
  tests/moto.sh start "$work/aws" --until $$ > "$work/aws.env"
  # With these, no test can reach the caller's own account.
  . "$work/aws.env"
  echo "$AWS_ENDPOINT_URL"
}

# Runs a command, shows its output and keeps it, without colours, in the file $1.
logged() {
  local log="$1" code=0; shift
  mkfifo "$log.pipe"
  tee "$log.raw" < "$log.pipe" &
  reader=$!
  # Only the child writes to the pipe: were this shell to hold it too, a trap would wait for itself.
  sink="$log.pipe"
  run "$@" || code=$?
  sink=
  wait "$reader"
  reader=
  sed 's/\x1b\[[0-9;]*m//g' "$log.raw" > "$log"
  return "$code"
}

# Sums the numbers before word $2 in the lines of file $1 that match $3.
sum() { { grep -E "$3" "$1" | grep -oE "[0-9]+ $2" || true; } | awk '{ n += $1 } END { print n + 0 }'; }

# Adds a run's own counts. A run that fails without a failed test (it did not build, or died) counts as one.
count() {
  local code="$1" ok="$2" bad="$3"
  passed=$((passed + ok))
  if [[ "$code" != 0 && "$bad" == 0 ]]; then bad=1; fi
  failed=$((failed + bad))
}

# Whether tests can have a disk of their own, as tests/src/disk.rs mounts it.
may_mount() {
  local user=()
  if [[ $(id -u) != 0 ]]; then user=(--user --map-root-user); fi
  mkdir -p "$work/disk"
  unshare "${user[@]}" --mount mount -t tmpfs tmpfs "$work/disk" >/dev/null 2>&1
}

run_tests() {
  local code=0 log="$work/tests.log" bad=0 word filter='all()' skipped=()
  if ! may_mount; then
    filter='not test(disk_full::mounted::)'
    skipped=(--skip disk_full::mounted::)
    heading "LEFT OUT: disk_full::mounted, and the faults of the disk in chaos, since nothing may be mounted here (it takes root or user namespaces)"
  fi
  if cargo nextest --version >/dev/null 2>&1; then
    heading "cargo nextest run --workspace"
    logged "$log" cargo nextest run --workspace --no-fail-fast --no-tests=warn -E "$filter" --status-level=fail --final-status-level=fail || code=$?
    local line='^ *Summary \['
    for word in failed 'timed out' 'exec failed'; do bad=$((bad + $(sum "$log" "$word" "$line"))); done
    count "$code" "$(sum "$log" passed "$line")" "$bad"
  else
    heading "cargo test --workspace (cargo-nextest is not installed)"
    logged "$log" cargo test --workspace --no-fail-fast --lib --bins --tests -- "${skipped[@]}" || code=$?
    count "$code" "$(sum "$log" passed '^test result:')" "$(sum "$log" failed '^test result:')"
  fi
}

run_infra_tests() {
  local code=0 log="$work/infra.log" line='^ *Tests +[0-9]'
  heading "$INFRA test"
  logged "$log" "$INFRA" test || code=$?
  count "$code" "$(sum "$log" passed "$line")" "$(sum "$log" failed "$line")"
}

run_doc_tests() {
  local code=0 log="$work/doc.log"
  heading "cargo test --workspace --doc"
  logged "$log" cargo test --quiet --workspace --doc --no-fail-fast || code=$?
  count "$code" "$(sum "$log" passed '^test result:')" "$(sum "$log" failed '^test result:')"
}

# A look at each target; by hand they run for an hour (docs/rsql.md).
FUZZ_BRIEFLY_S=10

verify() {
  owed=yes
  prerequisites
  lint
  # The executables that end-to-end tests start.
  step cargo build --quiet --workspace --bins
  export FLEET_BINARIES_BUILT=1
  start_warehouse
  start_endpoint
  step "$INFRA" synth
  run_infra_tests
  run_tests
  run_doc_tests
  step tests/fuzz.sh "$FUZZ_BRIEFLY_S"
  owed=
  printf '\n%s passed, %s failed\n' "$passed" "$failed"
  [[ "$failed" == 0 ]]
}

case "${1:-}" in
  test) verify ;;
  lint) prerequisites; lint; [[ "$failed" == 0 ]] ;;
  # It starts a server of its own, which it may crash.
  chaos)
    prerequisites
    export FAULTS="${FAULTS:-300}" SEED="${SEED:-$RANDOM}"
    heading "$FAULTS faults, seed $SEED"
    run cargo test --quiet -p fleet-tests --test chaos -- --nocapture
    ;;
  fuzz) prerequisites; run tests/fuzz.sh $((${MINUTES:-60} * 60 / 3)) ;;
  bench) prerequisites; start_warehouse; shift; run cargo bench -p fleet-tests --bench speed -- "$@" ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
