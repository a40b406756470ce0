#!/usr/bin/env bash
# Builds the four programs as static executables (musl) of architectures: x86_64, aarch64. Prints nothing but progress; they lie
# in TARGET_DIR/ARCHITECTURE-unknown-linux-musl/dist.
#
#   packaging/build.sh ARCHITECTURE...
set -euo pipefail
[[ $# -ge 1 ]] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
. "$(dirname "$(readlink -f "$0")")/common.sh"

need_rust
need_targets() {
  local target installed missing=()
  installed="$(rustc --print sysroot)/lib/rustlib"
  for target; do
    if [[ ! -d "$installed/$target/lib" ]]; then missing+=("$target"); fi
  done
  [[ ${#missing[@]} != 0 ]] || return 0
  say "the standard library of ${missing[*]} is missing: adding it with rustup"
  need rustup "install Rust from https://rustup.rs, or the standard library of ${missing[*]} as your distribution packs it"
  rustup target add "${missing[@]}" \
    || die "rustup could not add ${missing[*]}: is static.rust-lang.org reached, or RUSTUP_DIST_SERVER a mirror of it?"
}

options=()
targets=()
for architecture; do
  [[ -n "$(debian_name "$architecture")" ]] || die "$architecture is neither x86_64 nor aarch64"
  targets+=("$architecture-unknown-linux-musl")
  options+=(--target "$architecture-unknown-linux-musl")
done
need_targets "${targets[@]}"
tools=$(python_environment "$ROOT/packaging/cross.txt")

# The user's folders are not to be found in what is given to others. Paths of this checkout are relative as it is.
cargo_home="${CARGO_HOME:-$HOME/.cargo}"
export RUSTFLAGS="--remap-path-prefix=$cargo_home/registry/src=/crates"
export TARGET_CFLAGS="-ffile-prefix-map=$cargo_home/registry/src=/crates"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$CACHE/target}"
cd "$ROOT"
PATH="$tools/bin:$PATH" cargo zigbuild --locked --profile dist "${options[@]}" \
  -p rsqlctl -p rsql-client -p worker -p dispatcher --bins
