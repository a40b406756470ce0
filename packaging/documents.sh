#!/usr/bin/env bash
# Has executables write their manual pages and completions: OUT/man and OUT/completions; and adds others' licences: OUT/NOTICES.
#
#   packaging/documents.sh BINARIES OUT
#
# BINARIES holds executables that run on this machine: all or some of rsqlctl, rsql, worker, dispatcher.
set -euo pipefail
[[ $# == 2 ]] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
. "$(dirname "$(readlink -f "$0")")/common.sh"

mkdir -p "$2/man" "$2/completions"
if [[ -e "$1/rsqlctl" ]]; then
  "$1/rsqlctl" manual "$2/man"
  for shell in bash zsh fish; do "$1/rsqlctl" completions "$shell" > "$2/completions/rsqlctl.$shell"; done
fi
for service in worker dispatcher; do
  if [[ -e "$1/$service" ]]; then "$1/$service" manual "$2"; fi
done
need_python
if [[ -e "$1/rsql" ]]; then
  python3 "$ROOT/packaging/rsql_documents.py" "$1/rsql" "$2"
fi

# clap's pages lack the date, call what follows the options EXTRA, and would be torn apart by words too long to be adjusted.
date=$(date --utc --date="@$SOURCE_DATE_EPOCH" +%F)
sed -E -i -e "s/^(\.TH [^ ]+ [0-9]) (\"\")? ?/\1 \"$date\" /" -e '/^\.TH/a .ad l' -e 's/^\.SH EXTRA$/.SH NOTES/' "$2"/man/*
python3 "$ROOT/packaging/notices.py" rsqlctl rsql worker dispatcher > "$2/NOTICES"
