#!/usr/bin/env bash
# Gathers in dist/stage what a package for Linux on the processor that $1 names (amd64) holds beside the sources: the program, its manual pages and completions, the licenses of the libraries that are
# built in, and the changes. All of it has the time of the last commit, so that the same source gives the same package.
set -euo pipefail
cd "$(dirname "$0")/.."
GO=${GO:-go} stage=dist/stage arch=${1:?for which processor, as amd64}
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
rm -rf "$stage"
mkdir -p "$stage/man" "$stage/completions"

CGO_ENABLED=0 GOOS=linux GOARCH=$arch "$GO" build -trimpath -buildvcs=true -ldflags=-s -o "$stage/portsniff" ./cmd/portsniff
CGO_ENABLED=0 "$GO" build -trimpath -buildvcs=true -o "$stage/here" ./cmd/portsniff # which this machine can run
"$stage/here" man "$stage/man"
"$stage/here" completion bash >"$stage/completions/portsniff.bash"
"$stage/here" completion zsh >"$stage/completions/_portsniff"
"$stage/here" completion fish >"$stage/completions/portsniff.fish"
rm "$stage/here"

# Debian's Wireshark looks for extcap programs in the folder of the processor's libraries.
case $arch in
  amd64) machine=x86_64 ;;
  arm64) machine=aarch64 ;;
  *) machine=$arch ;;
esac
install -D packaging/extcap "$stage/lib/$machine-linux-gnu/wireshark/extcap/portsniff"

GO=$GO packaging/licenses.sh "$arch" >"$stage/third-party.txt"
cp CHANGELOG.md "$stage/NEWS"
gzip -9n "$stage"/man/*.1 "$stage/third-party.txt" "$stage/NEWS"
find "$stage" -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
