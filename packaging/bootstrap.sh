#!/usr/bin/env bash
# Packs a Lambda function of the runtime provided.al2023: one executable, named bootstrap.
#
#   packaging/bootstrap.sh DISPATCHER OUT.zip
set -euo pipefail
[[ $# == 2 ]] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }
. "$(dirname "$(readlink -f "$0")")/common.sh"

architecture_of "$1" > /dev/null
need_python
mkdir -p "$(dirname "$2")"
python3 - "$1" "$2" <<'END'
import os, sys, time, zipfile

source, target = sys.argv[1:]
# Zip knows local times without a zone: the same everywhere as UTC.
stamp = time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"]))[:6]
entry = zipfile.ZipInfo("bootstrap", stamp)
entry.compress_type = zipfile.ZIP_DEFLATED
entry.create_system = 3  # Unix, where the next field is a mode: Lambda runs only what is executable.
entry.external_attr = 0o100755 << 16
with zipfile.ZipFile(target, "w") as archive, open(source, "rb") as executable:
    archive.writestr(entry, executable.read())
END
