#!/usr/bin/env bash
# Counts the greeting. $1: -w for words, -m for letters.
set -euo pipefail
wc "$1" < "$WORK/greeting" | tr -d ' ' | tee "$WORK/count$1"
