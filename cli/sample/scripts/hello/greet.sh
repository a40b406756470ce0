#!/usr/bin/env bash
# Writes the greeting that the other jobs work on. $1: whom to greet. $WORK: the folder of this execution.
set -euo pipefail
mkdir -p "$WORK"
printf 'Hello, %s! The fleet is running.\n' "$1" | tee "$WORK/greeting"
