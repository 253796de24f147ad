#!/bin/bash
# Records the samples from real servers and clients in network namespaces, and builds the few that no server here speaks.
# Run as root on Debian 12:  pcaps/make/make-samples.sh
#   PSN_INSTALL=no   don't install packages first
#   PSN_OUT=FOLDER   write the samples there instead of pcaps/
#   PSN_PARTS='plain tunnels built check sources'   which parts to do
#   PSN_LOG=FILE     keep what the servers and clients said
# Two recordings differ by a few packets, as TCP cuts and acknowledges what is typed as it likes: after new ones, list.go's sentences
# and the counts in contents_test.go have to be looked through.
# It works in private mount, host-name and process namespaces with its own /run: the machine's services, files and
# namespaces stay as they are, and everything started here ends with the script, however it ends.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=$(realpath "${PSN_OUT:-$here/..}")

if [ "${1:-}" != inside ]; then
  [ "$(id -u)" = 0 ] || { echo 'make-samples: needs root' >&2; exit 1; }
  if [ "${PSN_INSTALL:-yes}" = yes ]; then "$here/install.sh" || exit 1; fi
  exec unshare --mount --uts --pid --fork --kill-child --mount-proc "$here/make-samples.sh" inside
fi

tmp=$(mktemp -d)
chmod 755 "$tmp"
cleanup() {
  local ns
  for ns in $(ip netns list | awk '{print $1}'); do ip netns del "$ns"; done
  cp "$tmp/log" "${PSN_LOG:-/dev/null}"
  rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
mount -t tmpfs none /run
mount -t tmpfs none /var/spool
hostname server.example.test
printf '%s\n' '127.0.0.1 localhost server.example.test' '::1 localhost' >"$tmp/hosts"
mount --bind "$tmp/hosts" /etc/hosts
: >"$tmp/log"
export LC_ALL=C TZ=UTC TERM=dumb

for part in net servers exchanges tunnels check; do . "$here/$part.sh" || exit 1; done

services="ftp ssh telnet smtp dns dnstcp http https pop3 ntp bgp"
plain() {
  local s
  v4
  for s in $services; do record "${s/dnstcp/dns-tcp}" $s; done
  record services $services
  record tcp-refused refused
  record udp-closed closed
  record fragments big
  record arp-ping pings
  record ephemeral-2049 port2049
  record udplite udplite
  record sctp sctp
  record igmp join
  tap psn-server psn-s "$out/cut.pcap" -s 36
  http >>"$tmp/log" 2>&1
  untap
  v6
  for s in dns http https; do record ${s}6 $s; done
  record services-ipv6 $services
  record udp-closed6 closed
  record fragments6 big
  v4
}
built() { (cd "$here/../.." && go run ./pcaps/make/built "$out") || die 'the built samples failed'; }
# sources renders SOURCES.md from the new recordings; they must be where the Go package embeds them.
sources() {
  [ "$out" = "$(realpath "$here/..")" ] || return 0
  (cd "$here/../.." && go run ./pcaps/make/sources >"$tmp/SOURCES.md") || die 'SOURCES.md could not be written'
  cp "$tmp/SOURCES.md" "$out/SOURCES.md"
}

network
servers
for part in ${PSN_PARTS:-plain tunnels built check sources}; do $part; done
