#!/bin/sh
# filter.sh passes a capture through five filters, with portsniff and with tcpdump in turn within each of several rounds, and prints for each
# filter the packets that passed, the median of the time of either in seconds, and the median of their ratios within one round.
#
#	bench/filter.sh [-r ROUNDS] CAPTURE
#
# portsniff counts what passes by port; tcpdump writes it to /dev/null. The time is user and system time together.
set -eu

rounds=5
while getopts r: flag; do
	case $flag in
	r) rounds=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -eq 1 ] || { echo "usage: filter.sh [-r ROUNDS] CAPTURE" >&2; exit 2; }
capture=$1
[ -x /usr/bin/time ] || { echo "filter.sh: GNU time is needed (Debian: time)" >&2; exit 1; }
command -v tcpdump >/dev/null || { echo "filter.sh: tcpdump is needed" >&2; exit 1; }

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$here/.." && CGO_ENABLED=0 go build -o "$work/portsniff" ./cmd/portsniff)

# seconds COMMAND...: user and system time of one run.
seconds() {
	/usr/bin/time -o "$work/time" -f "%U %S" "$@" >"$work/out" 2>"$work/err" || { cat "$work/err" >&2; exit 1; }
	awk '{ printf "%.2f\n", $1 + $2 }' "$work/time"
}

cat "$capture" >/dev/null # into the page cache
while read -r expr; do
	: >"$work/log"
	for _ in $(seq "$rounds"); do
		ours=$(seconds "$work/portsniff" ports -r "$capture" "$expr")
		passed=$(grep -E '^[0-9][0-9 ]* packets?, ' "$work/out")
		theirs=$(seconds tcpdump -r "$capture" -w /dev/null "$expr")
		echo "$ours $theirs" >>"$work/log"
	done
	median() { sort -n | awk '{ a[NR] = $1 } END { printf "%.2f", (a[int((NR + 1) / 2)] + a[int(NR / 2) + 1]) / 2 }'; }
	printf '%-55s portsniff %s s  tcpdump %s s  ratio %s  (%s)\n' "$expr" "$(awk '{ print $1 }' "$work/log" | median)" \
		"$(awk '{ print $2 }' "$work/log" | median)" "$(awk '{ printf "%.3f\n", $1 / ($2 + 0.001) }' "$work/log" | median)" "$passed"
done <<'FILTERS'
tcp port 443
host 10.0.0.1 and port 53
net 10.0.0.0/8 or net 192.168.0.0/16 or ip6 net fd00::/8
tcp[tcpflags] & (tcp-syn|tcp-fin) != 0
not (port 22 or 80 or 443) and not arp and not icmp6
FILTERS
