#!/usr/bin/env bash
# Packs the commands of operators for any Linux: rsqlctl, rsql and a dispatcher that polls, with manual pages and completions.
#
#   packaging/tarball.sh BINARIES OUT DOCUMENTS
#
# Unpacked below /usr/local with --strip-components=1, everything lies where shells and man look for it.
set -euo pipefail
[[ $# == 3 ]] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
. "$(dirname "$(readlink -f "$0")")/common.sh"

architecture=$(architecture_of "$1/rsqlctl")
name="rsql-fleet-$VERSION-$architecture-linux"
mkdir -p "$2"
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
top="$stage/$name"
share="$top/share"

install -D -m 755 -t "$top/bin" "$1/rsqlctl" "$1/rsql"
install -D -m 755 "$1/dispatcher" "$top/bin/rsql-fleet-dispatcher"
for program in rsqlctl rsql rsql-fleet-dispatcher; do
  install -D -m 644 "$3/completions/$program.bash" "$share/bash-completion/completions/$program"
  install -D -m 644 "$3/completions/$program.zsh" "$share/zsh/site-functions/_$program"
  install -D -m 644 "$3/completions/$program.fish" "$share/fish/vendor_completions.d/$program.fish"
done
install -D -m 644 -t "$share/man/man1" "$3"/man/rsqlctl*.1 "$3/man/rsql.1"
install -D -m 644 -t "$share/man/man8" "$3/man/rsql-fleet-dispatcher.8"
gzip -9n "$share"/man/*/*
install -D -m 644 -t "$share/doc/rsql-fleet" "$ROOT/LICENSE" "$ROOT/CHANGELOG.md" "$3/NOTICES"

# Sorted, of one age and owner: the same input gives the same archive.
tar -C "$stage" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=gnu -cf - "$name" \
  | gzip -n > "$2/$name.tar.gz"
