#!/usr/bin/env bash
# Checks the front end: the types, that dist is byte for byte what src builds, and the page in
# Chromium, from disk, from a server, and from one that captures. Needs Node 20, npm, Go, Chromium,
# unshare and ip, and fails if one is missing: a check that was skipped is no check. The last part
# needs root too. Without root it is skipped with a notice, or fails with PORTSNIFF_REQUIRE_ORACLES=1.
set -euo pipefail
cd "$(dirname "$0")"

export CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
for program in node npm "${GO:-go}" "$CHROMIUM" unshare ip; do
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
export PORTSNIFF=$tmp/portsniff
"${GO:-go}" run ../../../docs/site/playground "$tmp/playground"
export PLAYGROUND=$tmp/playground
node --test --test-concurrency=1 --test-reporter=spec test/*.test.mjs

# A capture of real packets, where nobody else's can be seen or disturbed: in a network namespace, which ends with the test.
if [ "$(id -u)" = 0 ]; then
  unshare --net sh -c 'ip link set lo up && exec node --test --test-reporter=spec test/namespace/*.test.mjs'
elif [ "${PORTSNIFF_REQUIRE_ORACLES:-}" = 1 ]; then
  echo "the check of a page that captures needs root" >&2
  exit 1
else
  echo "SKIPPED: a page that captures was not tested: network namespaces need root" >&2
fi
