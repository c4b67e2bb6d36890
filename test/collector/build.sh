#!/usr/bin/env bash
# Builds the Collector that test/whole/collector.test.ts runs, from its Go modules, into .cache/collector. Needs Go and a
# module proxy, and about three minutes the first time; what is built already stays.
set -euo pipefail
manifest=$(cd "$(dirname "$0")" && pwd)/builder.yaml
mkdir -p "$(dirname "$0")/../../.cache/collector"
cd "$(dirname "$0")/../../.cache/collector"

# the tests of the Collector wait as long as this process runs
echo $$ > building
trap 'rm -f building' EXIT

# Unoptimised code takes a third less time to compile.
export GOFLAGS="${GOFLAGS:-} '-gcflags=all=-N -l'"

if [[ -x otelcol ]] && cmp -s "$manifest" built.yaml; then exit; fi
rm -f otelcol
go run go.opentelemetry.io/collector/cmd/builder@v0.165.0 --config "$manifest"
cp "$manifest" built.yaml
