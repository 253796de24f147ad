#!/usr/bin/env bash
# Compares what the packages of the library export with the last release, or before the first one
# with the commit that .ci/api-base names. Changes after which code that uses a package may not
# compile must be in .ci/api-breaks, a line each, and in CHANGELOG.md.
set -euo pipefail
cd "$(dirname "$0")/.."
GO=${GO:-go}
APIDIFF=golang.org/x/exp/cmd/apidiff@v0.0.0-20250911091902-df9299821621
packages=(annotate capture capture/live capture/pcapfile decode filter linktype pcaps)

base=$(git describe --tags --abbrev=0 --match 'v*' 2>/dev/null || cat .ci/api-base)
tmp=$(mktemp -d)
trap 'git worktree remove --force "$tmp/base" 2>/dev/null; rm -rf "$tmp"' EXIT
git worktree add -q --detach "$tmp/base" "$base"
GOBIN=$tmp GOFLAGS='' "$GO" install "$APIDIFF"

module=$("$GO" list -m)
for p in "${packages[@]}"; do
  name=${p//\//-}
  [ -d "$tmp/base/$p" ] || continue # it is new
  (cd "$tmp/base" && "$tmp/apidiff" -w "$tmp/$name" "$module/$p")
  "$tmp/apidiff" -incompatible "$tmp/$name" "$module/$p" | sed -n "s|^- |$p: |p"
done | sort >"$tmp/found"

grep -v '^#' .ci/api-breaks | sort >"$tmp/named" || true
if ! diff "$tmp/named" "$tmp/found" >"$tmp/diff"; then
  sed -n 's/^> /breaks code that uses it: /p; s/^< /no such change: /p' "$tmp/diff" >&2
  echo "name it in CHANGELOG.md and .ci/api-breaks, or change it back" >&2
  exit 1
fi
echo "${#packages[@]} packages, $(wc -l <"$tmp/found") breaking changes since $base"
