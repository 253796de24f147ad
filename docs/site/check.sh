#!/usr/bin/env bash
# Checks how long sentences are, builds the static site of the docs, and checks links and anchors.
# Needs Node 20 and npm.
set -euo pipefail
cd "$(dirname "$0")"
npm ci --ignore-scripts --no-audit --no-fund --silent
npm run --silent words
rm -rf dist src && mkdir src
(cd ../.. && git ls-files '*.md' 'docs/*.png' 'docs/pictures/*.svg' | tar -cf - -T - | tar -xf - -C docs/site/src)
go run ./playground src/public/playground
npx vitepress build
node check.mjs
