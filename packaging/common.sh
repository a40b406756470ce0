# What every packaging script needs to know: the version, the time, the architecture of an executable, the tools. Sourced.
# It packs nothing.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/rsql-fleet"
readonly ROOT CACHE

# shellcheck source=../tests/prerequisites.sh
. "$ROOT/tests/prerequisites.sh"

say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }
die() { say "$*"; exit 1; }

# The one place of the version.
VERSION=$(awk '/^\[/ { here = ($0 == "[workspace.package]") } here && $1 == "version" { gsub(/"/, "", $3); print $3 }' "$ROOT/Cargo.toml")
[[ -n "$VERSION" ]] || die "Cargo.toml: [workspace.package] has no version"
export VERSION

# Two builds of one commit are to be the same, byte for byte: every file in them is as old as the commit.
if [[ -z "${SOURCE_DATE_EPOCH:-}" ]]; then
  SOURCE_DATE_EPOCH=$(git -C "$ROOT" log -1 --format=%ct 2>/dev/null || stat -c %Y "$ROOT/Cargo.toml")
fi
export SOURCE_DATE_EPOCH

# architecture_of EXECUTABLE: x86_64 or aarch64, from the machine number of its ELF header.
architecture_of() {
  [[ -f "$1" ]] || die "$1 is missing: build it first, or name another folder"
  case "$(od -An -tx2 --endian=little -j18 -N2 "$1" | tr -d ' ')" in
    003e) echo x86_64 ;;
    00b7) echo aarch64 ;;
    *) die "$1 is no Linux executable for x86-64 or arm64" ;;
  esac
}

# The same architecture, as Debian, Go and Lambda name it.
debian_name() { case "$1" in x86_64) echo amd64 ;; aarch64) echo arm64 ;; esac }
lambda_name() { case "$1" in x86_64) echo x86_64 ;; aarch64) echo arm64 ;; esac }

# Makes a private Python environment of the file $1, once, and prints its folder. The folder's name has the file's
# checksum, so that a change of the file makes a new one.
python_environment() {
  local name venv
  name=$(basename "$1" .txt)
  venv="$CACHE/$name-$(sha256sum "$1" | cut -c1-12)"
  mkdir -p "$CACHE"
  need_python >&2
  (
    flock 9
    [[ -e "$venv/whole" ]] && exit
    say "installing the Python packages of $name into $venv (once)"
    rm -rf "$venv"
    python3 -m venv "$venv" >&2 || die "no Python environment could be made: install Python 3.11 or later with venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$1" >&2 \
      || die "the packages of $1 could not be installed: is PyPI reached? pip's own words are above"
    touch "$venv/whole"
  ) 9> "$CACHE/$name.lock" || exit
  echo "$venv"
}

packager_environment() { python_environment "$ROOT/packaging/packager.txt"; }
