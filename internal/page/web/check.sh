#!/usr/bin/env bash
# What the front end has to pass: the types, a build that is byte for byte what dist has, and the page in Chromium, from disk and from a server. Needs Node 20,
# npm, Go and Chromium; where one is missing it fails, for a check that was skipped is no check.
set -euo pipefail
cd "$(dirname "$0")"

export CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
for program in node npm "${GO:-go}" "$CHROMIUM"; do
  command -v "$program" >/dev/null || { echo "the check of the page needs $program" >&2; exit 1; }
done
if grep -q '"resolved"' package-lock.json; then
  echo "package-lock.json names where packages were fetched from; they are to come from whichever registry is set up" >&2
  exit 1
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

npm ci --ignore-scripts --no-audit --no-fund
npx tsc --noEmit
node build.mjs "$tmp/dist"
diff -r "$tmp/dist" dist || { echo "dist is not what src builds: run npm run build" >&2; exit 1; }

CGO_ENABLED=0 "${GO:-go}" build -o "$tmp/portsniff" ../../../cmd/portsniff
PORTSNIFF=$tmp/portsniff node --test --test-concurrency=1 --test-reporter=spec test/*.test.mjs
