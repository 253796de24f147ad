#!/usr/bin/env bash
# Builds the last commit in two folders, with two build caches, for each platform that is named, and compares the programs byte by byte. What is released
# is built like this; that anybody gets the same bytes from the same source and Go shows that nothing else went in.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || { echo "which platforms, as linux/amd64?" >&2; exit 2; }
GO=${GO:-go}
tmp=$(mktemp -d)
trap 'chmod -R u+w "$tmp"; rm -rf "$tmp"' EXIT
one=$tmp/one another=$tmp/another/folder/with/a/longer/name
git clone -q --no-local . "$one"
git clone -q --no-local . "$another"

build() { # folder, platform, output
  (cd "$1" && CGO_ENABLED=0 GOOS=${2%/*} GOARCH=${2#*/} "$GO" build -trimpath -buildvcs=true -o "$3" ./cmd/portsniff)
}
for platform in "$@"; do
  build "$one" "$platform" "$tmp/a"
  # Without a cache of its own the second build would take over what the first one compiled: -trimpath makes both folders the same to the cache.
  GOCACHE=$tmp/cache build "$another" "$platform" "$tmp/b"
  cmp "$tmp/a" "$tmp/b" || { echo "$platform: two builds of $(git rev-parse HEAD) differ" >&2; exit 1; }
  if grep -qF "$tmp" "$tmp/a"; then echo "$platform: the program has the folder that it was built in" >&2; exit 1; fi
  echo "$platform: the same twice, sha256 $(sha256sum <"$tmp/a" | cut -d' ' -f1)"
done
# What `portsniff version` says is in the build, and tells the source.
if [ "$("$GO" version -m "$tmp/b" | sed -n 's/.*vcs.revision=//p')" != "$(git rev-parse HEAD)" ] || "$GO" version -m "$tmp/b" | grep -q 'vcs.modified=true'; then
  "$GO" version -m "$tmp/b" >&2
  echo "the program does not name its commit" >&2
  exit 1
fi
