#!/usr/bin/env bash
# A local AWS endpoint for tests and demo: the moto server on a free loopback port.
#
#   tests/moto.sh start DIR [--until PID]    start it, print its settings as shell exports
#   tests/moto.sh env DIR                    print the settings once more
#   tests/moto.sh stop DIR                   stop it; what it held is gone
#
# Its Python packages are installed once into a folder under ${XDG_CACHE_HOME:-$HOME/.cache}, in the versions that
# tests/moto/requirements.txt pins. The exports keep every AWS tool away from the caller's own account: no profile,
# no file of ~/.aws and no instance metadata is read. With --until PID the server ends when that process has ended.
set -euo pipefail

HERE=$(cd "$(dirname "$(readlink -f "$0")")/moto" && pwd)
CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/rsql-fleet"
readonly HERE CACHE START_SECONDS_MAX=60

say() { printf 'moto.sh: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
usage() { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }

# --- the programs ---------------------------------------------------------------------------------------

install_programs() {
  say "installing the local AWS endpoint into $VENV (once)"
  # Copies would do, but a venv's scripts name its folder: so it is made in place, and marked when it is whole.
  rm -rf "$VENV"
  python3 -m venv "$VENV" >&2 || die "no Python environment could be made: install Python 3.11 or later with venv"
  "$VENV/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$HERE/requirements.txt" >&2 \
    || die "the Python packages of tests/moto/requirements.txt could not be installed"
  touch "$VENV/whole"
}

need_programs() {
  mkdir -p "$CACHE"
  (
    flock 9
    [[ -e "$VENV/whole" ]] || install_programs
  ) 9> "$CACHE/moto.lock"
}

# --- the server -----------------------------------------------------------------------------------------

# True when the process of the pid file is this server of ours, and not another that got its number later.
running() {
  [[ -s "$DIR/moto.pid" ]] && tr '\0' '\n' < "/proc/$(cat "$DIR/moto.pid")/cmdline" 2>/dev/null | grep -qxF "$DIR/moto.port"
}

start() {
  local deadline=$((SECONDS + START_SECONDS_MAX))
  if ! running; then
    need_programs
    rm -f "$DIR/moto.port"
    # Without the caller's AWS settings, and without its terminal and pipes: it outlives whatever kills the caller.
    env -u AWS_PROFILE -u AWS_SESSION_TOKEN "${SETTINGS[@]}" \
      setsid "$VENV/bin/python" "$HERE/server.py" --port-file "$DIR/moto.port" ${UNTIL:+--until "$UNTIL"} \
      > "$DIR/moto.log" 2>&1 < /dev/null &
    echo $! > "$DIR/moto.pid"
    until [[ -s "$DIR/moto.port" ]]; do
      kill -0 "$(cat "$DIR/moto.pid")" 2>/dev/null && [[ $SECONDS -lt $deadline ]] || fail_start
      sleep 0.05
    done
  fi
  print_env
}

fail_start() {
  tail -n 20 "$DIR/moto.log" >&2 || true
  die "the server did not start (log above)"
}

print_env() {
  local url setting
  [[ -s "$DIR/moto.port" ]] || die "no server was started in $DIR"
  url="http://127.0.0.1:$(cat "$DIR/moto.port")"
  echo "unset AWS_PROFILE AWS_SESSION_TOKEN"
  for setting in "${SETTINGS[@]}"; do echo "export $setting"; done
  echo "export AWS_ENDPOINT_URL=$url"
  echo "export FLEET_TEST_AWS=$url"
  echo "export FLEET_MOTO_PYTHON=$VENV/bin/python"
}

stop() {
  if running; then kill "$(cat "$DIR/moto.pid")"; fi
  rm -f "$DIR/moto.pid" "$DIR/moto.port" "$DIR/moto.log"
  # DIR itself goes too when it holds nothing else.
  rmdir "$DIR" 2>/dev/null || true
}

[[ $# -ge 2 ]] || usage
readonly VERB="$1"; DIR="$2"; shift 2
UNTIL=
while [[ $# -gt 0 ]]; do
  case "$1" in
    --until) [[ "${2:-}" =~ ^[0-9]+$ ]] || usage; UNTIL="$2"; shift 2 ;;
    *) usage ;;
  esac
done
VENV="$CACHE/moto-$(sha256sum "$HERE/requirements.txt" | cut -c 1-12)"
SETTINGS=(
  AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
  AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
  AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_PAGER=
)
readonly VENV SETTINGS

case "$VERB" in
  start) mkdir -p "$DIR"; DIR=$(cd "$DIR" && pwd); start ;;
  env) DIR=$(cd "$DIR" && pwd); print_env ;;
  stop) [[ -d "$DIR" ]] || exit 0; DIR=$(cd "$DIR" && pwd); stop ;;
  *) usage ;;
esac
