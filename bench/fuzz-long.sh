#!/usr/bin/env bash
# Runs every fuzz target of the module, or those whose names match the third argument, for as long as the first argument says (20m), two at a time (or
# JOBS) with one worker each, and writes a line for each to the file that the second argument names: when it ended, package, target, how long it ran, executions,
# new interesting inputs, ok or FAILED. What failed is printed, and Go keeps the input under testdata/fuzz. A target whose time ran out while a worker had an
# input is "deadline", not FAILED: the go command then fails and says "context deadline exceeded", but there is no input that failed.
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:?how long each target runs, as 20m} log=${2:?the file for the results} only=${3:-^Fuzz}
GO=${GO:-go}
mkdir -p "$(dirname "$log")"
[ -e "$log" ] || printf 'ended\tpackage\ttarget\ttime\texecutions\tinteresting\tresult\n' >"$log"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

one() { # package, target
  local status=ok last
  last=$(mktemp -p "$out")
  $GO test -run '^$' -fuzz "^$2\$" -fuzztime "$time" -fuzzminimizetime 20x -parallel 1 "$1" >"$last" 2>&1 || status=FAILED
  if [ $status = FAILED ] && grep -q 'context deadline exceeded' "$last" && ! grep -qE 'Failing input written|^panic:|testing: .*\[recovered|hung or terminated unexpectedly' "$last"; then status=deadline; fi
  local line
  line=$(grep -o 'elapsed: .* execs: .*' "$last" | tail -1 || true)
  printf '%s\t%s\t%s\t%s\n' "$(date -u +%FT%TZ)" "${1#github.com/portsniff/portsniff/}" "$2" \
    "$(sed -E 's/elapsed: ([^,]*), execs: ([0-9]+).*new interesting: ([0-9]+).*/\1\t\2\t\3/' <<<"${line:-none}")"$'\t'"$status" >>"$log"
  [ $status != FAILED ] || { cat "$last"; return 1; }
}
export -f one
export GO time log out

for pkg in $($GO list ./...); do
  # A package without such targets lists nothing, and that is no failure; one that does not build is.
  list=$($GO test -list "$only" "$pkg")
  for target in $(grep '^Fuzz' <<<"$list" || true); do printf '%s %s\n' "$pkg" "$target"; done
done >"$out/targets"
xargs -P "${JOBS:-2}" -L 1 bash -c 'one "$1" "$2"' one <"$out/targets"
