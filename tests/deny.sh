#!/usr/bin/env bash
# Holds all dependencies to deny.toml. Installs cargo-deny when it is missing.
# Advisories need a database from the network: when it cannot be reached, that is said and is no failure.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! cargo deny --version >/dev/null 2>&1; then
  echo "cargo-deny is missing: installing it (some minutes, once)"
  # Not into the shared target folder, which would then hold two crates' artefacts for every dependency.
  env -u CARGO_TARGET_DIR cargo install --locked cargo-deny
fi

cargo deny --workspace check licenses bans sources

if said=$(timeout 120 cargo deny fetch db 2>&1); then
  cargo deny --workspace check advisories
else
  echo "advisories: NOT checked, the advisory database cannot be reached from here:"
  # Without it a broken deny.toml or a full disk would look like a missing network.
  printf '  %s\n' "$(tail -n 1 <<< "${said:-fetching took more than two minutes}")"
fi
