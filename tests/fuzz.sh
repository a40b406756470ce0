#!/usr/bin/env bash
# Fuzzes the RSQL language with libFuzzer, on stable Rust: scanner, conditions, formats.
#
#   tests/fuzz.sh SECONDS [TARGET...]    each target for so long; what it finds interesting is kept and begun with next time
#
# What makes a target fail is left as a file, and named. The scripts of the differential tests are where the
# scanner begins.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds="${1:?fuzz.sh: say for how many seconds}"
shift
targets=("$@")
if [[ ${#targets[@]} -eq 0 ]]; then targets=(scanner conditions formats); fi

target_dir="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/rsql-fleet/target}/fuzz"
host=$(rustc -vV | sed -n 's/^host: //p')
# What `cargo fuzz` passes, less the sanitizers, which need a nightly compiler and find little where nothing is unsafe.
coverage=(
  -Cpasses=sancov-module
  -Cllvm-args=-sanitizer-coverage-level=4
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
  -Cllvm-args=-sanitizer-coverage-pc-table
  -Cllvm-args=-sanitizer-coverage-trace-compares
  -Ccodegen-units=1
)
export RUSTFLAGS="${coverage[*]}"
# --target keeps the flags away from build scripts.
place=(--quiet --locked --release --manifest-path rsql/fuzz/Cargo.toml --target "$host" --target-dir "$target_dir")
cargo build "${place[@]}"

for target in "${targets[@]}"; do
  corpus="$target_dir/corpus/$target"
  log="$target_dir/$target.log"
  mkdir -p "$corpus"
  seeds=()
  if [[ "$target" == scanner ]]; then seeds=(rsql/client/tests/scripts rsql/client/tests/golden); fi
  # Ten seconds for one input is a fault: they are a few kilobytes.
  options=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=4096 -print_final_stats=1 -verbosity=0)
  if ! cargo run "${place[@]}" --bin "$target" -- "${options[@]}" -artifact_prefix="$target_dir/$target-" \
    "$corpus" "${seeds[@]}" > "$log" 2>&1; then
    grep -v NEW_FUNC "$log" >&2
    echo "fuzz.sh: $target has failed; all of it: $log" >&2
    exit 1
  fi
  tried=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  echo "fuzz: $target: $tried inputs in $seconds s, none failed; $(find "$corpus" -type f | wc -l) kept"
done
