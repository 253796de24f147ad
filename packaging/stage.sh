#!/usr/bin/env bash
# Gathers in dist/stage what a package for Linux on the processor that $1 names (amd64) holds beside the sources: the program, its manual pages and completions, the licences of the libraries that are
# built in, and the changes. All of it has the time of the last commit, so that the same source gives the same package.
set -euo pipefail
cd "$(dirname "$0")/.."
GO=${GO:-go} stage=dist/stage arch=${1:?for which processor, as amd64}
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
rm -rf "$stage"
mkdir -p "$stage/man" "$stage/completions"

CGO_ENABLED=0 GOOS=linux GOARCH=$arch "$GO" build -trimpath -ldflags=-s -o "$stage/portsniff" ./cmd/portsniff
CGO_ENABLED=0 "$GO" build -trimpath -o "$stage/here" ./cmd/portsniff # which this machine can run
"$stage/here" man "$stage/man"
"$stage/here" completion bash >"$stage/completions/portsniff.bash"
"$stage/here" completion zsh >"$stage/completions/_portsniff"
"$stage/here" completion fish >"$stage/completions/portsniff.fish"
rm "$stage/here"

# Go's own, the registry's, and each module that the program is linked from, with the licence files in its folder. One without any is a mistake.
{
  printf 'The Go standard library\n\n'
  cat "$("$GO" env GOROOT)/LICENSE"
  printf '\n----------------------------------------\n\nport-numbers\n\n'
  cat annotate/registry.LICENSE
  printf '\n----------------------------------------\n\n'
} >"$stage/third-party.txt"
GOOS=linux GOARCH=$arch "$GO" list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/portsniff | sort -u | while read -r path version dir; do
  found=$(find "$dir" -maxdepth 1 -type f \( -iname 'licen[sc]e*' -o -iname 'copying*' -o -iname 'notice*' \) | sort)
  [ -n "$found" ] || { echo "$path has no licence file" >&2; exit 1; }
  printf '%s %s\n\n' "$path" "$version"
  while read -r file; do cat "$file"; echo; done <<<"$found"
  printf -- '----------------------------------------\n\n'
done >>"$stage/third-party.txt"
cp CHANGELOG.md "$stage/NEWS"
gzip -9n "$stage"/man/*.1 "$stage/third-party.txt" "$stage/NEWS"
find "$stage" -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
