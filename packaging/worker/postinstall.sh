#!/bin/sh
# After the files are in place: the user, its directory, and the new executable for a worker that is running.
# Called with `configure OLD-VERSION` by dpkg, with the number of installed versions (1 or 2) by rpm.
set -e

case "$1" in
  configure | 1 | 2) ;;
  *) exit 0 ;;
esac

# dpkg names the folder that it installs into where that is not /.
root=${DPKG_ROOT:-}
systemd-sysusers ${root:+--root="$root"} rsql-fleet-worker.conf
systemd-tmpfiles ${root:+--root="$root"} --create rsql-fleet-worker.conf

# Not in a container or the image of a disk, where no systemd runs. A package never enables or starts the worker: it has to be
# told its stack first. One that runs drains and comes back; that takes as long as its jobs, and nobody waits here.
if [ -z "$root" ] && [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl --no-block try-restart rsql-fleet-worker.service
fi
