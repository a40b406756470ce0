# What building and testing needs beside this checkout; sourced by tests/run.sh and rsql-scripts/demo.sh.
# PostgreSQL is the affair of tests/postgres.sh, the local AWS endpoint that of tests/moto.sh.

# need PROGRAM REMEDY [PACKAGE]: installs the Debian package when root may, else says the remedy and ends.
need() {
  command -v "$1" >/dev/null && return
  if [[ -n "${3:-}" && $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    echo "$1 is missing: installing $3 with apt-get"
    apt-get update -q >/dev/null
    # shellcheck disable=SC2086 # a list of packages
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $3 >/dev/null
    return
  fi
  printf '%s is missing: %s\n' "$1" "$2" >&2
  exit 1
}

need_rust() {
  need cargo "install Rust from https://rustup.rs"
  need cc "install a C compiler, for instance: sudo apt-get install -y gcc libc6-dev" "gcc libc6-dev"
}

# libFuzzer is C++.
need_cxx() {
  need c++ "install a C++ compiler, for instance: sudo apt-get install -y g++" "g++"
}

# For the local AWS endpoint: Debian has the part that makes environments in a package of its own.
need_python() {
  local remedy="install Python 3.11 or later with venv, for instance: sudo apt-get install -y python3 python3-venv"
  need python3 "$remedy" "python3 python3-venv"
  python3 -c 'import ensurepip, venv' 2>/dev/null && return
  if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    echo "Python's venv is missing: installing python3-venv with apt-get"
    apt-get update -q >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends python3-venv >/dev/null
    return
  fi
  printf "Python's venv is missing: %s\n" "$remedy" >&2
  exit 1
}

# What reads packages, units and manual pages, to look into those that are made.
need_package_readers() {
  need dpkg-deb "install dpkg, for instance: sudo dnf install -y dpkg" "dpkg"
  need rpm "install rpm, for instance: sudo apt-get install -y rpm" "rpm"
  need man "install man, for instance: sudo apt-get install -y man-db" "man-db"
  need systemd-analyze "install systemd, for instance: sudo apt-get install -y systemd" "systemd"
}

# For infra/.
need_node() {
  local remedy="install Node.js 20 or later with npm, for instance from https://nodejs.org"
  need node "$remedy" "nodejs npm"
  need npm "$remedy" "npm"
  [[ $(node --version) =~ ^v([0-9]+) && ${BASH_REMATCH[1]} -ge 20 ]] && return
  printf 'Node.js is %s, which is too old: %s\n' "$(node --version)" "$remedy" >&2
  exit 1
}
