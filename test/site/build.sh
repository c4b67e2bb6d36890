#!/usr/bin/env bash
# Builds the pages as a site into .cache/site/html, by VitePress, follows every link in it, and asks its search. VitePress is
# not among the packages of the repository, which would have half as many again. Ends with 3 where it can't be installed.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=1.6.4
if ! grep -q "\"version\": \"$version\"" .cache/site/node_modules/vitepress/package.json 2> /dev/null; then
  mkdir -p .cache/site
  echo '{ "name": "site", "private": true }' > .cache/site/package.json
  npm install --prefix .cache/site --prefer-offline --ignore-scripts --no-audit --no-fund --loglevel=error "vitepress@$version" ||
    exit 3
fi
.cache/site/node_modules/.bin/vitepress build docs
node test/site/links.mjs .cache/site/html
node test/site/search.mjs .cache/site/html
