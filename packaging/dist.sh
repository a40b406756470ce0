#!/usr/bin/env bash
# Makes everything that a release has, in dist/: see docs/packaging.md.
#
#   packaging/dist.sh [ARCHITECTURE...]    x86_64 and aarch64 unless named; this machine's must be among them
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/common.sh"

architectures=("$@")
[[ $# != 0 ]] || architectures=(x86_64 aarch64)
[[ " ${architectures[*]} " == *" $(uname -m) "* ]] || die "name $(uname -m), too: its programs write the manual pages of all"

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$CACHE/target}"
printf 'rsql-fleet %s for %s\n' "$VERSION" "${architectures[*]}"
echo "building the programs: some minutes for each architecture, the first time"
"$ROOT/packaging/build.sh" "${architectures[@]}"

binaries=()
for architecture in "${architectures[@]}"; do binaries+=("$CARGO_TARGET_DIR/$architecture-unknown-linux-musl/dist"); done
"$ROOT/packaging/assemble.sh" "$ROOT/dist" "${binaries[@]}"

printf '\ndist/ after %s s:\n' "$SECONDS"
(cd "$ROOT/dist" && du -h --apparent-size -- *)
