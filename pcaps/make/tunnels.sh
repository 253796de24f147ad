# Tunnels and tags; sourced by make-samples.sh. VXLAN is the kernel's own. VLAN, MPLS, Geneve and keyed GRE come from Open
# vSwitch's userspace datapath, one switch at either end of the wire, because a kernel need not have devices for them; plain
# GRE, IPv4-in-IPv4 and IPv6-in-IPv4 come from tunnel.py, whose raw socket lets the kernel write the outer header.

left4=203.0.113.1 right4=203.0.113.2 # the tunnels' own ends
inner_l=192.0.2.65 inner_r=192.0.2.66 # the ends inside them
inner_l6=2001:db8:65::1 inner_r6=2001:db8:65::2

vxlan() {
  local side
  for side in "server s $server4 $client4 $inner_r $inner_r6" "client c $client4 $server4 $inner_l $inner_l6"; do
    set -- $side
    ip -n psn-$1 link add vx0 address 02:00:00:00:01:0$([ $2 = s ] && echo 2 || echo 1) type vxlan id 77 dev psn-$2 \
      local $3 remote $4 dstport 4789 noudpcsum
    ip -n psn-$1 addr add $5/26 dev vx0
    ip -n psn-$1 addr add $6/64 dev vx0 nodad
    ip netns exec psn-$1 ethtool -K vx0 tx off tso off gso off gro off >/dev/null 2>&1
    ip -n psn-$1 link set vx0 up
  done
  sleep 1.5
}
inside() { # HTTP and DNS through whatever leads to the inner address
  C curl -s -m 4 -H 'Host: example.test' http://$inner_r/
  C dig +noall +answer +nocookie +tries=1 +time=2 @$inner_r example.test A
}

# both records psn-s and vx0 into one pcapng, with nanoseconds and a comment on the first packet.
both() {
  local recording
  ip netns exec psn-server dumpcap -q -i psn-s -i vx0 -w "$tmp/both.pcapng" -a duration:8 2>"$tmp/tap" &
  recording=$!
  until_true 5 grep -q 'File:' "$tmp/tap"
  sleep 0.5
  C curl -s -m 4 -H 'Host: example.test' http://$inner_r/
  sleep 1
  kill -INT $recording
  wait $recording
  reordercap "$tmp/both.pcapng" "$tmp/ordered.pcapng"
  editcap -a '1:The same request twice: on the wire in VXLAN, and inside the tunnel without it.' \
    "$tmp/ordered.pcapng" "$tmp/commented.pcapng"
  python3 "$here/scrub.py" "$tmp/commented.pcapng" "$out/two-interfaces.pcapng"
}

# ovs NAMESPACE COMMAND ARGS...: the switch's tools, talking to that namespace's switch.
ovs() {
  local ns=$1 cmd=$2; shift 2
  OVS_RUNDIR=$tmp/$ns OVS_DBDIR=$tmp/$ns OVS_LOGDIR=$tmp/$ns ip netns exec "$ns" "$cmd" "$@"
}

# switch NAMESPACE UPLINK TUNNEL-ADDRESS MAC INNER-ADDRESS INNER-MAC: a switch with a bridge on the wire (phy) and one for
# the traffic inside (int), each with an address of its own.
switch() {
  local ns=$1 up=$2
  mkdir -p "$tmp/$ns"
  ovsdb-tool create "$tmp/$ns/conf.db" /usr/share/openvswitch/vswitch.ovsschema
  ovs $ns ovsdb-server --remote=punix:"$tmp/$ns/db.sock" --pidfile --detach --no-chdir "$tmp/$ns/conf.db"
  ovs $ns ovs-vsctl --no-wait init
  ovs $ns ovs-vswitchd unix:"$tmp/$ns/db.sock" --pidfile --detach --no-chdir
  ovs $ns ovs-vsctl \
    -- set Open_vSwitch . other_config:vlan-limit=2 \
    -- add-br phy -- set bridge phy datapath_type=netdev other_config:hwaddr=$4 \
    -- add-port phy $up -- set interface $up ofport_request=1 \
    -- add-br int -- set bridge int datapath_type=netdev other_config:hwaddr=$6
  ip -n $ns addr add $3/24 dev phy
  ip -n $ns addr add $5/26 dev int
  ip -n $ns link set phy up
  ip -n $ns link set int mtu 1400 up
}

switches() {
  local ns
  for ns in psn-left psn-right; do
    quiet_namespace $ns
    ip netns exec $ns sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
  done
  wire psn-left psn-l 02:00:00:00:02:01 psn-right psn-r 02:00:00:00:02:02
  switch psn-left psn-l $left4 02:00:00:00:02:11 $inner_l 02:00:00:00:02:21
  switch psn-right psn-r $right4 02:00:00:00:02:12 $inner_r 02:00:00:00:02:22
  ip -n psn-left neigh replace $inner_r lladdr 02:00:00:00:02:22 dev int
  ip -n psn-right neigh replace $inner_l lladdr 02:00:00:00:02:21 dev int
  ip -n psn-left neigh replace $right4 lladdr 02:00:00:00:02:12 dev phy
  ip -n psn-right neigh replace $left4 lladdr 02:00:00:00:02:11 dev phy
  ip netns exec psn-right nginx -c "$tmp/nginx.conf" -g "pid $tmp/nginx-right.pid;" >>"$tmp/log" 2>&1 &
  until_true 10 listening psn-right 80
  sleep 1
}

# through NAME: one HTTP request between the switches, recorded on the wire.
through() {
  tap psn-right psn-r "$out/$1.pcap"
  timeout 8 ip netns exec psn-left curl -s -m 6 -H 'Host: example.test' http://$inner_r/ >>"$tmp/log" 2>&1
  untap
}

# tagged PUSH MATCH POP: what leaves for the wire gets the tags, what comes from it loses them; the inner bridge's device is
# joined to the wire by a pair of patch ports.
tagged() {
  local ns
  for ns in psn-left psn-right; do
    ovs $ns ovs-vsctl --may-exist add-port int to-phy -- set interface to-phy type=patch options:peer=to-int \
      -- --may-exist add-port phy to-int -- set interface to-int type=patch options:peer=to-phy ofport_request=2
    ovs $ns ovs-ofctl -O OpenFlow13 del-flows phy
    ovs $ns ovs-ofctl -O OpenFlow13 add-flow phy "in_port=2,actions=$1,output:1"
    ovs $ns ovs-ofctl -O OpenFlow13 add-flow phy "in_port=1,$2,actions=$3"
    ovs $ns ovs-ofctl -O OpenFlow13 add-flow phy "table=1,vlan_vid=0x1000/0x1000,actions=pop_vlan,output:2" # the inner tag
  done
  sleep 0.5
}
untagged() {
  local ns
  for ns in psn-left psn-right; do
    ovs $ns ovs-vsctl del-port int to-phy -- del-port phy to-int
    ovs $ns ovs-ofctl -O OpenFlow13 del-flows phy
    ovs $ns ovs-ofctl -O OpenFlow13 add-flow phy actions=normal
  done
}

# tunneled TYPE OPTIONS...: a tunnel port of that type on both inner bridges, while the recording runs.
tunneled() {
  local name=$1 type=$2 ns remote local_ip; shift 2
  for ns in psn-left psn-right; do
    local_ip=$left4 remote=$right4
    [ $ns = psn-left ] || local_ip=$right4 remote=$left4
    ovs $ns ovs-vsctl add-port int tun -- set interface tun type=$type options:remote_ip=$remote "$@"
  done
  sleep 1.5
  for ns in psn-left psn-right; do # the switch keeps a neighbor table of its own for tunnels
    ovs $ns ovs-appctl tnl/neigh/set phy $left4 02:00:00:00:02:11
    ovs $ns ovs-appctl tnl/neigh/set phy $right4 02:00:00:00:02:12
  done >>"$tmp/log"
  through $name
  for ns in psn-left psn-right; do ovs $ns ovs-vsctl del-port int tun; done
}

# join_pcaps NAME PARTS...: one recording after the other.
join_pcaps() {
  local name=$1; shift
  mergecap -a -F pcap -w "$out/$name.pcap" "${@/#/$tmp/parts/}"
}

# carried KIND: one HTTP request through tunnel.py at both ends of psn-c -- psn-s.
carried() {
  local ends pid inside=http://$inner_r/
  ip netns exec psn-server python3 "$here/tunnel.py" $1 tun0 $server4 $client4 & ends=$!
  ip netns exec psn-client python3 "$here/tunnel.py" $1 tun0 $client4 $server4 & ends="$ends $!"
  until_true 10 ip -n psn-server link show tun0
  until_true 10 ip -n psn-client link show tun0
  if [ $1 = 6in4 ]; then
    inside="http://[$inner_r6]/"
    ip -n psn-server addr add $inner_r6/64 dev tun0 nodad
    ip -n psn-client addr add $inner_l6/64 dev tun0 nodad
  else
    ip -n psn-server addr add $inner_r/32 peer $inner_l dev tun0
    ip -n psn-client addr add $inner_l/32 peer $inner_r dev tun0
  fi
  ip -n psn-server link set tun0 mtu 1400 up
  ip -n psn-client link set tun0 mtu 1400 up
  sleep 1
  C curl -s -m 4 -H 'Host: example.test' $inside
  for pid in $ends; do kill $pid; wait $pid; done
}
ipip() { carried ipip; }
sixin4() { carried 6in4; }
gre() { carried gre; }

tunnels() {
  v4
  record tunnels ipip sixin4
  vxlan
  record vxlan inside
  both >>"$tmp/log" 2>&1
  local out_final=$out
  switches >>"$tmp/log" 2>&1
  out=$tmp/parts; mkdir -p $out
  local any_vlan=vlan_vid=0x1000/0x1000
  tagged 'push_vlan:0x8100,set_field:4106->vlan_vid' $any_vlan pop_vlan,output:2 # 4096 says present, 10 is the VLAN
  through dot1q
  tagged 'push_vlan:0x8100,set_field:4106->vlan_vid,push_vlan:0x88a8,set_field:4196->vlan_vid' $any_vlan 'pop_vlan,resubmit(,1)'
  through qinq
  out=$out_final
  join_pcaps vlan dot1q.pcap qinq.pcap
  tagged 'push_mpls:0x8847,set_field:1000->mpls_label' mpls pop_mpls:0x0800,output:2
  through mpls
  untagged
  tunneled geneve geneve options:key=77
  out=$tmp/parts
  record gre-ip gre
  tunneled gre-key gre options:key=42 options:seq=true
  out=$out_final
  join_pcaps gre gre-ip.pcap gre-key.pcap
}
