#!/usr/bin/env bash
# A private PostgreSQL server: the warehouse stand-in of tests and demo.
#
#   tests/postgres.sh start DIR [--until PID]      start it (again), print its settings as shell exports
#   tests/postgres.sh env DIR                      print the settings once more
#   tests/postgres.sh restart DIR [-m MODE]        stop and start on the same port (MODE: fast, immediate)
#   tests/postgres.sh stop DIR [-m MODE]           stop it, keep its data
#   tests/postgres.sh remove DIR                   stop it, delete its data
#
# It listens on a free loopback port and nowhere else, asks for a password (SCRAM), and runs as an
# unprivileged user when the caller is root. With --until PID it is removed when that process has ended,
# however it ended. It is not tuned for safety: fsync is off, so a crash of the machine may cost the data (one of
# the server does not).
# FLEET_PG_BINDIR names the folder of initdb, postgres and psql when they are not in a usual place.
set -euo pipefail

readonly CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/rsql-fleet"
readonly PORT_TRIES_MAX=20

say() { printf 'postgres.sh: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
usage() { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }

# --- the programs ---------------------------------------------------------------------------------------

find_bindir() {
  local dir
  # 15 first: the psql whose behaviour rsql is measured against.
  for dir in "${FLEET_PG_BINDIR:-}" /usr/lib/postgresql/15/bin $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV); do
    if [[ -n "$dir" && -x "$dir/initdb" && -x "$dir/postgres" ]]; then echo "$dir"; return; fi
  done
  if command -v initdb >/dev/null && command -v postgres >/dev/null; then
    dirname "$(readlink -f "$(command -v initdb)")"
  fi
}

install_postgresql() {
  local package=postgresql-15
  command -v apt-get >/dev/null \
    || die "no initdb found and no apt-get here; install PostgreSQL 15 and set FLEET_PG_BINDIR to its bin folder"
  [[ $(id -u) == 0 ]] || die "no initdb found; install PostgreSQL with: sudo apt-get install -y $package"
  say "no initdb found, installing $package with apt-get"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q >&2
  apt-cache show "$package" >/dev/null 2>&1 || package=postgresql
  if [[ ! -e /etc/postgresql-common/createcluster.conf ]]; then
    # The package would otherwise set up and start a server of its own on port 5432.
    apt-get install -q -y --no-install-recommends postgresql-common >&2
    sed -i 's/^#\? *create_main_cluster *=.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
  fi
  apt-get install -q -y --no-install-recommends "$package" >&2
}

# --- the unprivileged user ------------------------------------------------------------------------------

server_user() {
  if [[ $(id -u) != 0 ]]; then id -un
  elif id postgres >/dev/null 2>&1; then echo postgres
  else echo nobody
  fi
}

# The server refuses to run as root. From `/`, because the caller's folder may be closed to that user.
as_server() {
  if [[ $(id -u) != 0 ]]; then (cd / && "$@"); return; fi
  (cd / && HOME=/ setpriv --reuid="$USER_OF_SERVER" --regid="$(id -g "$USER_OF_SERVER")" --clear-groups -- "$@")
}

give() { [[ $(id -u) != 0 ]] || chown -R "$USER_OF_SERVER" "$1"; }

scratch() {
  local dir
  dir=$(mktemp -d "${TMPDIR:-/tmp}/rsql-fleet-pg.XXXXXX")
  give "$dir"
  as_server test -w "$dir" || { rm -rf "$dir"; die "user $USER_OF_SERVER cannot reach $dir; set TMPDIR to a folder that it can"; }
  echo "$dir"
}

# --- the template: initdb once for each version and user ------------------------------------------------

make_template() {
  local work secret
  say "making the template data folder $TEMPLATE (once)"
  work=$(scratch)
  secret=$(od -An -N18 -tx1 /dev/urandom | tr -d ' \n')
  (umask 077 && printf '%s\n' "$secret" > "$work/password")
  give "$work"
  as_server "$BINDIR/initdb" -D "$work/data" --username=etl --pwfile="$work/password" --auth=scram-sha-256 \
    --encoding=UTF8 --locale=C --wal-segsize=1 --no-sync > "$work/initdb.log" 2>&1 \
    || { cat "$work/initdb.log" >&2; rm -rf "$work"; die "initdb failed"; }
  cat >> "$work/data/postgresql.conf" <<'CONF'
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
fsync = off
full_page_writes = off
shared_buffers = '64MB'
max_wal_size = '256MB'
max_connections = 200
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %a '
CONF
  as_server "$BINDIR/postgres" --single -D "$work/data" postgres > "$work/initdb.log" 2>&1 <<< 'CREATE DATABASE dev' \
    || { cat "$work/initdb.log" >&2; rm -rf "$work"; die "the database dev could not be made"; }
  mkdir -p "$TEMPLATE.new"
  cp -a "$work/data" "$work/password" "$TEMPLATE.new/"
  rm -rf "$work"
  mv "$TEMPLATE.new" "$TEMPLATE"
}

need_template() {
  mkdir -p "$CACHE"
  (
    flock 9
    if [[ ! -s "$TEMPLATE/password" ]]; then rm -rf "$TEMPLATE" "$TEMPLATE.new"; make_template; fi
  ) 9> "$CACHE/pg-template.lock"
}

# --- one server -----------------------------------------------------------------------------------------

# Where the data of DIR lies: in DIR, or in TMPDIR when the server's user cannot reach DIR.
choose_place() {
  local place="$DIR/pg"
  mkdir -p "$place"
  chmod a+x "$DIR" 2>/dev/null || true
  give "$place"
  if ! as_server test -w "$place" 2>/dev/null; then
    rmdir "$place"
    place=$(scratch)
    say "user $USER_OF_SERVER cannot reach $DIR; the data lies in $place"
  fi
  echo "$place" > "$DIR/pg.place"
}

free_port() {
  local port
  for _ in $(seq "$PORT_TRIES_MAX"); do
    # Below the range from which the kernel takes ports for outgoing connections.
    port=$((15000 + (RANDOM * 32768 + RANDOM) % 17000))
    if ! (exec 3<> "/dev/tcp/127.0.0.1/$port") 2>/dev/null; then echo "$port"; return; fi
  done
  die "no free port found"
}

copy_template() {
  need_template
  choose_place
  PLACE=$(cat "$DIR/pg.place")
  cp -a "$TEMPLATE/data" "$PLACE/data"
  (umask 077 && cp "$TEMPLATE/password" "$DIR/pg.password")
}

# True when the server of PLACE runs. The pid file is the server's own: line 1 pid, line 4 port.
running() {
  local pid
  [[ -s "$PLACE/data/postmaster.pid" ]] || return 1
  pid=$(head -n 1 "$PLACE/data/postmaster.pid")
  [[ "$pid" =~ ^[0-9]+$ ]] && kill -0 "$pid" 2>/dev/null
}

# pg_ctl signals exactly the process named in the pid file of this data folder.
ctl() { as_server "$BINDIR/pg_ctl" -D "$PLACE/data" -w -t 60 -s "$@"; }

launch() {
  ctl start -l "$PLACE/server.log" -o "-p $1" > /dev/null 2>&1 < /dev/null
}

start() {
  local port
  mkdir -p "$DIR"
  DIR=$(cd "$DIR" && pwd)
  if [[ -f "$DIR/pg.place" ]]; then PLACE=$(cat "$DIR/pg.place"); fi
  [[ -n "${PLACE:-}" && -d "$PLACE/data" ]] || copy_template
  if ! running; then
    if [[ -s "$DIR/pg.port" ]]; then
      port=$(cat "$DIR/pg.port")
      launch "$port" || fail_start "did not start again on port $port"
    else
      start_on_free_port
    fi
  fi
  print_env
}

start_on_free_port() {
  local port
  for _ in 1 2 3 4 5; do
    port=$(free_port)
    if launch "$port"; then echo "$port" > "$DIR/pg.port"; return; fi
    # Another server may have taken the port between our look and our start: that is worth another try.
    grep -q 'Address already in use' "$PLACE/server.log" || break
  done
  fail_start "did not start"
}

fail_start() {
  tail -n 20 "$PLACE/server.log" >&2 || true
  die "the server in $PLACE $1 (log above)"
}

print_env() {
  local port password
  [[ -s "$DIR/pg.port" ]] || die "no server was started in $DIR"
  port=$(cat "$DIR/pg.port")
  password=$(cat "$DIR/pg.password")
  cat <<ENV
export PGHOST=127.0.0.1 PGPORT=$port PGUSER=etl PGPASSWORD=$password PGDATABASE=dev
export FLEET_TEST_PG=postgresql://etl:$password@127.0.0.1:$port/dev
export FLEET_PG_BINDIR=$BINDIR
ENV
}

# A process of its own, without the caller's terminal and pipes: it must outlive whatever kills the caller.
remove_after() {
  setsid -f bash -c 'tail --pid="$1" -s 0.2 -f /dev/null; exec "$2" remove "$3"' _ "$1" "$SELF" "$DIR" \
    > /dev/null 2>&1 < /dev/null
}

open_existing() {
  [[ -d "$DIR" ]] || die "no server was started in $DIR"
  DIR=$(cd "$DIR" && pwd)
  [[ -f "$DIR/pg.place" ]] || die "no server was started in $DIR"
  PLACE=$(cat "$DIR/pg.place")
}

stop() { if running; then ctl stop -m "$MODE"; fi; }

remove() {
  # Nobody waits for a clean end of data that are about to be deleted.
  if [[ -d "$PLACE/data" ]] && running; then ctl stop -m immediate; fi
  rm -rf "$PLACE" "$DIR/pg.place" "$DIR/pg.port" "$DIR/pg.password"
  # DIR itself goes too when it holds nothing else.
  rmdir "$DIR" 2>/dev/null || true
}

[[ $# -ge 2 ]] || usage
readonly VERB="$1"; DIR="$2"; shift 2
MODE=fast; UNTIL=
while [[ $# -gt 0 ]]; do
  case "$1" in
    -m) [[ "${2:-}" =~ ^(smart|fast|immediate)$ ]] || usage; MODE="$2"; shift 2 ;;
    --until) [[ "${2:-}" =~ ^[0-9]+$ ]] || usage; UNTIL="$2"; shift 2 ;;
    *) usage ;;
  esac
done

BINDIR=$(find_bindir)
if [[ -z "$BINDIR" ]]; then install_postgresql; BINDIR=$(find_bindir); fi
[[ -n "$BINDIR" ]] || die "PostgreSQL was installed but its initdb is not found; set FLEET_PG_BINDIR"
SELF=$(readlink -f "$0")
USER_OF_SERVER=$(server_user)
VERSION=$("$BINDIR/initdb" --version | grep -oE '[0-9]+(\.[0-9]+)?' | head -n 1)
# The number at the end changes with the settings written into the template.
TEMPLATE="$CACHE/pg-template-$VERSION-$USER_OF_SERVER-2"
readonly BINDIR SELF USER_OF_SERVER VERSION TEMPLATE

case "$VERB" in
  start) start; [[ -z "$UNTIL" ]] || remove_after "$UNTIL" ;;
  env) open_existing; print_env ;;
  restart) open_existing; stop; launch "$(cat "$DIR/pg.port")" || fail_start "did not start again"; print_env ;;
  stop) open_existing; stop ;;
  remove) [[ -f "$DIR/pg.place" ]] || exit 0; open_existing; remove ;;
  *) usage ;;
esac
