#!/bin/sh
# Before the files go: the worker drains and ends. Not at an upgrade, which replaces them under a running worker.
# Called with `remove` by dpkg, with the number of versions that will be left (0) by rpm.
set -e

case "$1" in
  remove | 0) ;;
  *) exit 0 ;;
esac

if [ -z "${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
  echo "rsql-fleet-worker: ending; running jobs may go on for FLEET_DRAIN_LIMIT" >&2
  systemctl --no-reload disable --now rsql-fleet-worker.service
fi
