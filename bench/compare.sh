#!/bin/sh
# compare.sh runs portsniff and every rival that is installed over the same capture, one after the other in each of several rounds, and
# prints for each the median of processor time and wall time, the peak of memory, and the medians of the ratios to cat and to the C loop,
# each taken within one round, so that a machine that is busy for a while bears on both sides.
#
#	bench/compare.sh [-r ROUNDS] [-s] [-l LOG] CAPTURE
#
# -s leaves out what takes more than a second for a million packets (tshark, argus, nfpcapd, ndpiReader, tcpdump -nn). The log gets a line a
# run: round, name, user, system and wall time in seconds, peak memory in KiB.
set -eu

rounds=5 slow=1 log=
while getopts r:sl: flag; do
	case $flag in
	r) rounds=$OPTARG ;;
	s) slow=0 ;;
	l) log=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -eq 1 ] || { echo "usage: compare.sh [-r ROUNDS] [-s] [-l LOG] CAPTURE" >&2; exit 2; }
capture=$1
[ -x /usr/bin/time ] || { echo "compare.sh: GNU time is needed (Debian: time)" >&2; exit 1; }

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log=${log:-$work/log}
: >"$log"
(cd "$here/.." && CGO_ENABLED=0 go build -o "$work/portsniff" ./cmd/portsniff)
cloop=
if command -v cc >/dev/null && cc -O2 -o "$work/ports" "$here/ports.c" -lpcap 2>/dev/null; then
	cloop=$work/ports
else
	echo "compare.sh: left out the C loop: no compiler, or no libpcap to build with" >&2
fi

floor=
if command -v cc >/dev/null && cc -O3 -march=native -o "$work/floor" "$here/floor.c"; then
	floor=$work/floor
else
	echo "compare.sh: left out the floor: no compiler" >&2
fi

# run NAME COMMAND...: one run, its output thrown away.
run() {
	name=$1
	shift
	command -v "$1" >/dev/null || return 0
	if TZ=UTC /usr/bin/time -o "$work/time" -f "%U %S %e %M" "$@" >/dev/null 2>"$work/err"; then
		echo "$round $name $(tail -n 1 "$work/time")" >>"$log"
	else
		echo "compare.sh: $name failed: $(tail -n 1 "$work/err")" >&2
	fi
}

fields="-e frame.number -e frame.time_epoch -e frame.len -e frame.cap_len -e frame.protocols -e ip.src -e ip.dst -e ipv6.src -e ipv6.dst
	-e tcp.srcport -e tcp.dstport -e udp.srcport -e udp.dstport"

cat "$capture" >/dev/null # into the page cache
for round in $(seq "$rounds"); do
	run cat cat "$capture"
	[ -z "$cloop" ] || run c-loop "$cloop" "$capture"
	[ -z "$floor" ] || { run floor-ports "$floor" "$capture"; run floor-flows "$floor" -f "$capture"; }
	run portsniff-ports "$work/portsniff" ports -r "$capture"
	run portsniff-ports-2 "$work/portsniff" ports --jobs 2 -r "$capture"
	run portsniff-flows "$work/portsniff" flows --top 20 -r "$capture"
	run portsniff-flows-2 "$work/portsniff" flows --top 20 --jobs 2 -r "$capture"
	run capinfos capinfos "$capture"
	run tcpdump-w tcpdump -r "$capture" -w /dev/null
	run softflowd softflowd -r "$capture" -n 127.0.0.1:9
	run portsniff-lines "$work/portsniff" -r "$capture"
	run portsniff-json "$work/portsniff" -r "$capture" --format json
	[ "$slow" = 1 ] || continue
	run tcpdump-nn tcpdump -nn -r "$capture"
	mkdir -p "$work/nf" && run nfpcapd nfpcapd -r "$capture" -l "$work/nf" && rm -rf "$work/nf"
	run argus argus -r "$capture" -w "$work/argus.out" && rm -f "$work/argus.out"
	run ndpiReader ndpiReader -i "$capture" -q
	run tshark-conv tshark -n -r "$capture" -q -z conv,tcp
	# shellcheck disable=SC2086 # each word of $fields is an argument
	run tshark-fields tshark -n -r "$capture" -T fields $fields
done

awk '
function median(list, n, i, j, x) {
	for (i = 2; i <= n; i++) {
		x = list[i]
		for (j = i - 1; j >= 1 && list[j] > x; j--) list[j + 1] = list[j]
		list[j + 1] = x
	}
	return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}
function ratio(name, base, r, n, list) {
	n = 0
	for (r = 1; r <= rounds; r++)
		if ((r, name) in cpu && cpu[r, base] > 0) list[++n] = cpu[r, name] / cpu[r, base]
	return n ? sprintf("%.2f", median(list, n)) : "-"
}
{
	cpu[$1, $2] = $3 + $4; wall[$1, $2] = $5
	if ($6 > peak[$2]) peak[$2] = $6
	if (!($2 in seen)) { seen[$2] = 1; names[++count] = $2 }
	rounds = $1
}
END {
	printf "%-22s %9s %9s %9s %8s %8s %8s\n", "medians", "cpu s", "wall s", "peak MiB", "/ cat", "/ c-loop", "wall/cpu"
	for (i = 1; i <= count; i++) {
		name = names[i]; n = 0
		for (r = 1; r <= rounds; r++) if ((r, name) in cpu) { n++; c[n] = cpu[r, name]; w[n] = wall[r, name] }
		mc = median(c, n); mw = median(w, n)
		printf "%-22s %9.2f %9.2f %9.1f %8s %8s %8.2f\n", name, mc, mw, peak[name] / 1024, ratio(name, "cat"), ratio(name, "c-loop"), (mc > 0 ? mw / mc : 0)
	}
}' "$log"
