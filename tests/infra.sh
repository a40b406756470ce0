#!/usr/bin/env bash
# Verifies the AWS deployment in infra/ without an account.
#
#   tests/infra.sh install    the packages of its lock file, unless they are there
#   tests/infra.sh types      the TypeScript compiler
#   tests/infra.sh format     formatting
#   tests/infra.sh synth      the templates of the settings as handed out, by the CDK CLI, and cfn-lint on them and on those
#                             of settings that say something of everything
#   tests/infra.sh test       its tests
#
# cfn-lint is that of the local AWS endpoint (tests/moto/requirements.txt), whose settings (tests/moto.sh) must be set.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../infra"

usage() { sed -n '4,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }

# Marked when it is whole, by what it was made from: `npm ci` begins by deleting everything, which hurts whoever works here.
install() {
  local lock mark=node_modules/.whole
  lock=$(sha256sum package-lock.json)
  (
    flock 9
    if [[ "$(cat "$mark" 2>/dev/null)" == "$lock" ]]; then return; fi
    npm ci --no-audit --no-fund --prefer-offline
    printf '%s\n' "$lock" > "$mark"
  ) 9< package.json
}

# Packages are told by their names alone; that they are there is what the templates need.
synth() {
  local lint release
  lint="$(dirname "${FLEET_MOTO_PYTHON:?is not set; see tests/moto.sh}")/cfn-lint"
  # Not local: the trap comes after the function.
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir "$work/infra" "$work/dist"
  cp settings.yaml "$work/infra"
  release=$(sed -n 's/^version = "\(.*\)"$/\1/p' ../Cargo.toml | head -n 1)
  touch "$work/dist/bootstrap-arm64.zip" "$work/dist/rsql-fleet-worker-$release.aarch64.rpm"
  CDK_DISABLE_CLI_TELEMETRY=1 node_modules/.bin/cdk synth --quiet --no-notices \
    --context settings="$work/infra/settings.yaml" --output "$work/cdk.out"
  "$lint" --config-file .cfnlintrc.yaml -- "$work"/cdk.out/*.template.json test/snapshots/everything/*.json
}

case "${1:-}" in
  install) install ;;
  types) node_modules/.bin/tsc ;;
  format) node_modules/.bin/prettier --check --log-level warn . ;;
  synth) synth ;;
  # Where CI is set, a snapshot that is missing is a failure, and is not written.
  test) CI=1 NO_COLOR=1 node_modules/.bin/vitest run ;;
  *) usage ;;
esac
