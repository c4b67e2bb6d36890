#!/usr/bin/env bash
# Builds the Collector that test/whole/collector.test.ts runs, of the modules in go.mod, into .cache/collector. Needs Go and
# a module proxy, and about a minute the first time; what is built already stays.
set -euo pipefail
cd "$(dirname "$0")"
cache=../../.cache/collector
mkdir -p "$cache"

# the tests of the Collector wait as long as this process runs
echo $$ > "$cache/building"
trap 'rm -f "$cache/building"' EXIT

# Code that is neither optimised nor described to debuggers takes half the time to compile. The tests of the Go client
# build with the same flags, and so share what is compiled here.
export GOFLAGS="${GOFLAGS:-'-gcflags=all=-N -l -dwarf=false' '-ldflags=-s -w'}" CGO_ENABLED=0

sources=$(find . -name '*.go' -o -name 'go.*' | sort | xargs cat | sha256sum)
if [[ -x $cache/otelcol && $sources == "$(cat "$cache/built" 2> /dev/null)" ]]; then exit; fi
rm -f "$cache/otelcol"
go build -o "$cache/otelcol" .
echo "$sources" > "$cache/built"
