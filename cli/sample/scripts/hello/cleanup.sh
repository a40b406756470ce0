#!/usr/bin/env bash
# Takes the folder of this execution away.
set -euo pipefail
rm -rf -- "$WORK"
