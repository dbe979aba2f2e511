#!/usr/bin/env bash
# Synthesizes every valid project of the tests and the examples for AWS and runs cfn-lint over the templates. Findings
# that are accepted stand in test/synth/accepted-findings.json with their reasons; there is no other list.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for project in examples/acme test/fixtures/{acme,root-layout,cloud-run,laptop,crons}; do
  node scripts/ensure.mjs node cli/main.ts synth -p "$project" --provider ecs -o "$out/${project//\//-}" >/dev/null
done
ignored=$(node -p 'Object.keys(require("./test/synth/accepted-findings.json")["cfn-lint"]).join(" ")')
# shellcheck disable=SC2086
cfn-lint --non-zero-exit-code informational --include-checks I ${ignored:+--ignore-checks $ignored} -- "$out"/*/*.template.json
