#!/usr/bin/env bash
# Packs the worker's .deb and .rpm from executables that are built already.
#
#   packaging/package.sh BINARIES OUT [DOCUMENTS]
#
# BINARIES holds `worker` and `rsql`; their architecture is the packages'. DOCUMENTS holds what packaging/documents.sh makes;
# without it, it is made by running these executables.
set -euo pipefail
[[ $# == 2 || $# == 3 ]] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
. "$(dirname "$(readlink -f "$0")")/common.sh"

architecture=$(architecture_of "$1/worker")
[[ $(architecture_of "$1/rsql") == "$architecture" ]] || die "$1: worker and rsql are of two architectures"
mkdir -p "$2"
out=$(cd "$2" && pwd)

# What worker/nfpm.yaml names, with itself among it.
STAGE=$(mktemp -d)
trap 'rm -rf "$STAGE"' EXIT
if [[ $# == 3 ]]; then cp -r "$3" "$STAGE/documents"; else "$ROOT/packaging/documents.sh" "$1" "$STAGE/documents"; fi
cp "$1/worker" "$1/rsql" "$STAGE/"
cp "$ROOT/worker/systemd/rsql-fleet-worker.service" "$ROOT/LICENSE" "$STAGE/"
cp -r "$ROOT/packaging/worker/." "$STAGE/"
gzip -9nc "$ROOT/CHANGELOG.md" > "$STAGE/CHANGELOG.md.gz"
gzip -9n "$STAGE"/documents/man/* "$STAGE/documents/NOTICES"
find "$STAGE" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +

tools=$(packager_environment)
ARCHITECTURE=$(debian_name "$architecture")
export ARCHITECTURE

# nfpm KIND FILE
nfpm() {
  (cd "$STAGE" && "$tools/bin/nfpm" package --packager "$1" --target "$out/$2") > "$STAGE/log" 2>&1 && return
  cat "$STAGE/log" >&2
  die "nfpm did not make $2 (its words are above)"
}
nfpm deb "rsql-fleet-worker_${VERSION}_$ARCHITECTURE.deb"
nfpm rpm "rsql-fleet-worker-$VERSION.$architecture.rpm"
