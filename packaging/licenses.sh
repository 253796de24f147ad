#!/usr/bin/env bash
# Prints the licenses of all that is built into the program for Linux on the processor that $1 names (amd64): Go's own, the registry's, the page's chart library's, and each module's that
# the program is linked from, with the license files in its folder. One without any is a mistake.
set -euo pipefail
cd "$(dirname "$0")/.."
GO=${GO:-go} arch=${1:?for which processor, as amd64}
line=----------------------------------------

printf 'The Go standard library\n\n'
cat "$("$GO" env GOROOT)/LICENSE"
printf '\n%s\n\nport-numbers\n\n' $line
cat annotate/registry.LICENSE
printf '\n%s\n\nuPlot\n\n' $line
cat internal/page/web/dist/uplot.LICENSE
printf '\n%s\n\n' $line
GOOS=linux GOARCH=$arch "$GO" list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/portsniff | sort -u | while read -r path version dir; do
  found=$(find "$dir" -maxdepth 1 -type f \( -iname 'licen[sc]e*' -o -iname 'copying*' -o -iname 'notice*' \) | sort)
  [ -n "$found" ] || { echo "$path has no license file" >&2; exit 1; }
  printf '%s %s\n\n' "$path" "$version"
  while read -r file; do cat "$file"; echo; done <<<"$found"
  printf '%s\n\n' $line
done
