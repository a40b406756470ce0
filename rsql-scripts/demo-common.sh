# What both demos share: sourced, with the repository's root as the current directory. Owns how a demo speaks, and where it
# finds what was built.

export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/rsql-fleet/target}"
readonly DATE=2013-01-14
readonly NIGHT="demo-night-$DATE" QUALITY="demo-quality-$DATE" ROUTES="demo-routes-$DATE"
# rsqlctl's exit code for an execution that failed.
readonly EXECUTION_FAILED=3

bold= plain=
if [[ -t 1 && -z "${NO_COLOR:-}" ]]; then bold=$'\033[1m' plain=$'\033[0m'; fi
heading() { printf '\n%s=== %s%s\n\n' "$bold" "$*" "$plain"; }
say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "$(basename "$0" .sh)" "$*" >&2; exit 1; }
# Shows a command as one would type it, then runs it.
run() {
  local word line='$'
  for word in "$@"; do
    if [[ "$word" =~ ^[A-Za-z0-9_.=:/-]+$ ]]; then line+=" $word"
    elif [[ "$word" == *"'"* ]]; then line+=" \"$word\""
    else line+=" '$word'"; fi
  done
  printf '%s\n' "$line"
  "$@"
}
# Makes the project anew: the samples as they are.
make_project() { mkdir -p "$1"; cp -R rsql-scripts/project.yaml rsql-scripts/workflows rsql-scripts/scripts rsql-scripts/data "$1/"; }
