#!/usr/bin/env bash
# Makes everything that a release has, in dist/: see docs/packaging.md.
#
#   packaging/dist.sh [ARCHITECTURE...]    x86_64 and aarch64 unless named; this machine's must be among them
set -euo pipefail
. "$(dirname "$(readlink -f "$0")")/common.sh"

architectures=("$@")
[[ $# != 0 ]] || architectures=(x86_64 aarch64)
host=$(uname -m)
# Manual pages and completions are what the programs themselves write, so one build must run here.
[[ " ${architectures[*]} " == *" $host "* ]] || die "name $host, too: its programs write the manual pages of all"

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$CACHE/target}"
binaries_of() { echo "$CARGO_TARGET_DIR/$1-unknown-linux-musl/dist"; }
step() { printf '\n[%s/6] %s\n' "$1" "$2"; }
out="$ROOT/dist"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
began=$SECONDS

printf 'rsql-fleet %s for %s\n' "$VERSION" "${architectures[*]}"
step 1 "programs (the first time some minutes)"
"$ROOT/packaging/build.sh" "${architectures[@]}"
step 2 "manual pages, completions, notices"
"$ROOT/packaging/documents.sh" "$(binaries_of "$host")" "$work/documents"

rm -rf "$out"
mkdir -p "$out"
step 3 "Lambda function"
for architecture in "${architectures[@]}"; do
  "$ROOT/packaging/bootstrap.sh" "$(binaries_of "$architecture")/dispatcher" "$out/bootstrap-$(lambda_name "$architecture").zip"
done
step 4 "packages of the worker"
for architecture in "${architectures[@]}"; do
  "$ROOT/packaging/package.sh" "$(binaries_of "$architecture")" "$out" "$work/documents"
done
step 5 "commands of operators"
for architecture in "${architectures[@]}"; do
  "$ROOT/packaging/tarball.sh" "$(binaries_of "$architecture")" "$out" "$work/documents"
done
step 6 "bills of materials, checksums"
"$(packager_environment)/bin/python" "$ROOT/packaging/sbom.py" "$out"
(cd "$out" && sha256sum -- * > "$work/SHA256SUMS" && mv "$work/SHA256SUMS" .)

printf '\n'
(cd "$out" && du -h --apparent-size -- *)
printf '\ndist/ is complete after %s s\n' "$((SECONDS - began))"
