#!/usr/bin/env bash
# Makes the files of a release from executables that are built: see docs/packaging.md. OUT is made anew.
#
#   packaging/assemble.sh OUT BINARIES...
#
# Each BINARIES holds rsqlctl, rsql, worker and dispatcher of one architecture; those of one of them must run here, since
# manual pages and completions are what the programs themselves write.
set -euo pipefail
[[ $# -ge 2 ]] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
. "$(dirname "$(readlink -f "$0")")/common.sh"

step() { printf '[%s/5] %s\n' "$1" "$2"; }
out=$1
shift
native=
for binaries; do
  if [[ $(architecture_of "$binaries/rsqlctl") == "$(uname -m)" ]]; then native=$binaries; fi
done
[[ -n "$native" ]] || die "programs for $(uname -m) are missing: they write the manual pages of all"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

step 1 "manual pages, completions, licences of others"
"$ROOT/packaging/documents.sh" "$native" "$work/documents"

rm -rf "$out"
mkdir -p "$out"
for binaries; do
  architecture=$(architecture_of "$binaries/dispatcher")
  step 2 "Lambda function for $architecture"
  "$ROOT/packaging/bootstrap.sh" "$binaries/dispatcher" "$out/bootstrap-$(lambda_name "$architecture").zip"
  step 3 "packages of the worker for $architecture"
  "$ROOT/packaging/package.sh" "$binaries" "$out" "$work/documents"
  step 4 "commands of operators for $architecture"
  "$ROOT/packaging/tarball.sh" "$binaries" "$out" "$work/documents"
done
step 5 "bills of materials, checksums"
"$(packager_environment)/bin/python" "$ROOT/packaging/sbom.py" "$out"
(cd "$out" && sha256sum -- * > "$work/SHA256SUMS" && mv "$work/SHA256SUMS" .)
