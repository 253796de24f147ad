# Namespaces, links and recordings; sourced by make-samples.sh, which runs in private mount,
# host-name and process namespaces: whatever starts here ends with it.

server4=198.51.100.7 client4=192.0.2.10
server6=2001:db8:2::7 client6=2001:db8:1::10
server_mac=02:00:00:00:00:07 client_mac=02:00:00:00:00:10

S() { ip netns exec psn-server "$@"; }
C() { timeout 15 ip netns exec psn-client "$@"; }

# spawn COMMAND...: a server in the server's namespace.
spawn() { ip netns exec psn-server "$@" >>"$tmp/log" 2>&1 </dev/null & }

die() { echo "make-samples: $*" >&2; exit 1; }

# until_true SECONDS COMMAND...: waits for the command to succeed, and says so if it never does.
until_true() {
  local left=$(($1 * 10)); shift
  until "$@" >/dev/null 2>&1; do
    ((left-- > 0)) || die "gave up waiting for: $*"
    sleep 0.1
  done
}

# quiet_namespace NAME: one that sends nothing of its own accord, so that a recording holds its lesson and no more.
quiet_namespace() {
  ip netns add "$1"
  ip netns exec "$1" sysctl -qw net.ipv6.conf.default.addr_gen_mode=1 net.ipv6.conf.default.router_solicitations=0 \
    net.ipv6.conf.default.accept_dad=0 net.ipv4.tcp_ecn=0 net.ipv6.conf.default.mldv2_unsolicited_report_interval=100
  ip -n "$1" link set lo up
}

# wire NS1 DEV1 MAC1 NS2 DEV2 MAC2: a veth pair whose checksums and segments are what a real wire would carry.
wire() {
  ip -n "$1" link add "$2" address "$3" type veth peer name "$5" netns "$4" address "$6"
  local ns dev
  for ns in "$1 $2" "$4 $5"; do
    dev=${ns#* } ns=${ns% *}
    ip netns exec "$ns" ethtool -K "$dev" tx off rx off sg off tso off gso off gro off >/dev/null 2>&1
    ip -n "$ns" link set "$dev" up
  done
}

# neighbors_known yes|no: fixed neighbor entries keep ARP and neighbor discovery out of the recordings that aren't about them.
neighbors_known() {
  local verb=replace
  [ "$1" = yes ] || verb=del
  ip -n psn-client neigh $verb $server4 lladdr $server_mac dev psn-c
  ip -n psn-client neigh $verb $server6 lladdr $server_mac dev psn-c
  ip -n psn-server neigh $verb $client4 lladdr $client_mac dev psn-s
  ip -n psn-server neigh $verb $client6 lladdr $client_mac dev psn-s
}

network() {
  quiet_namespace psn-server
  quiet_namespace psn-client
  wire psn-server psn-s $server_mac psn-client psn-c $client_mac
  ip -n psn-server addr add $server4/24 dev psn-s
  ip -n psn-client addr add $client4/24 dev psn-c
  ip -n psn-server addr add $server6/64 dev psn-s nodad
  ip -n psn-client addr add $client6/64 dev psn-c nodad
  ip -n psn-server route add 192.0.2.0/24 dev psn-s
  ip -n psn-client route add 198.51.100.0/24 dev psn-c
  ip -n psn-server route add 2001:db8:1::/64 dev psn-s
  ip -n psn-client route add 2001:db8:2::/64 dev psn-c
  neighbors_known yes
  sleep 2 # multicast reports of the new interfaces
}

# tap NAMESPACE DEVICE FILE [TCPDUMP OPTIONS...] starts a recording; untap ends it.
tap() {
  local ns=$1 dev=$2 file=$3; shift 3
  : >"$tmp/tap"
  ip netns exec "$ns" tcpdump -Z root -U --immediate-mode -i "$dev" -w "$file" "$@" 2>"$tmp/tap" &
  tapped=$!
  until_true 5 grep -q 'listening on' "$tmp/tap"
}
untap() {
  sleep 0.4
  kill -INT $tapped
  wait $tapped
  grep -q '^0 packets dropped' "$tmp/tap" || die "the recording lost packets: $(cat "$tmp/tap")"
}

# record NAME FUNCTION...: out/NAME.pcap holds what the functions put on the wire between client and server.
record() {
  local name=$1 f; shift
  tap psn-server psn-s "$out/$name.pcap"
  for f in "$@"; do $f >>"$tmp/log" 2>&1 </dev/null; done
  untap
}
