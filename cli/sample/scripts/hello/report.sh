#!/usr/bin/env bash
# Puts the counts together.
set -euo pipefail
echo "$(cat "$WORK/count-w") words, $(cat "$WORK/count-m") characters"
