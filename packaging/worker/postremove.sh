#!/bin/sh
# After the files are gone. `apt purge` takes the logs that were never sent, too; the user stays, so that its number is
# not given to another. rpm knows no purge.
set -e

if [ -z "${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
  systemctl daemon-reload
fi
if [ "$1" = purge ]; then
  rm -rf "${DPKG_ROOT:-}/var/lib/rsql-fleet"
fi
