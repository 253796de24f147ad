package main

import "github.com/spf13/cobra"

// helpTopics returns the pages of "portsniff help" that belong to no command.
func helpTopics() []*cobra.Command {
	return []*cobra.Command{
		{Use: "filter", Short: "The filter language of tcpdump", Long: filterTopic},
		{Use: "where", Short: "The expressions of --where", Long: whereTopic},
		{Use: "ranges", Short: "The three ranges of port numbers", Long: rangesTopic},
	}
}

const filterTopic = `Anything after the flags is a filter in tcpdump's language. portsniff keeps the
packets for which it is true. In a live capture the kernel runs the filter.

  portsniff -r capture.pcap tcp port 443 and host 10.0.0.1
  portsniff -r capture.pcap 'tcp[tcpflags] & tcp-syn != 0'
  portsniff ports -r capture.pcap not port 22

Words:
  host 10.0.0.1, net 10.0.0.0/8      an address, a network
  port 53, portrange 6000-6063       a port, a range of ports
  src, dst                           in front of host, net, port: one end only
  ether, ip, ip6, tcp, udp, sctp     in front: this protocol only
  icmp, icmp6, arp, vlan 10, mpls    packets with this header
  less 64, greater 1000              length in bytes
  tcp[13] & 2 != 0                   bytes of a header
  and, or, not, ( )                  join expressions

"port 53" compares bytes at a fixed place. It does not find a port after a VLAN
tag, in a tunnel, after an IPv6 extension header or in a later fragment. --where
finds it there. -v says how many packets a filter missed, and so does a filter
that finds nothing.

pcap-filter(7) describes the whole language. Not supported: gateway, and words
for 802.11, ATM, SS7 and pf. --resolve allows names of hosts and networks.`

const whereTopic = `--where EXPR keeps packets for which EXPR is true. It compares decoded facts,
so it finds ports in tunnels, after tags and in fragments.

  --where 'inner.port == 53 and service == "dns"'
  --where 'range == "dynamic" and len > 1000'
  --where 'host in "10.0.0.0/8" and tcp.flags.syn and not tcp.flags.ack'
  --where 'server.port in [80, 443] and not (port in 1..79)'

Facts:
  port, src.port, dst.port      ports of every transport header
  client.port, server.port      ports of client and server, if known
  outer.port, inner.port        ports outside and inside a tunnel
  host, src.host, dst.host      addresses of every IP and ARP header; also
                                client.host, server.host, outer.host, inner.host
  tcp.flags.syn                 flags: fin, syn, rst, psh, ack, urg, ece, cwr
  tcp.seq, tcp.ack, tcp.window  numbers as in the header; tcp.len is the payload
  service                       names of services: "https", "dns"
  range                         "system", "registered", "dynamic"
  proto                         names of headers: "ip", "vlan", "tcp"
  no_ports                      why there are none: "later-fragment", "not-ip"
  quoted                        an ICMP error quotes a packet
  len, captured, frame          bytes on the wire, bytes captured, number
  community_id                  Community ID, as in Zeek and Wireshark
  process, pid, user            local processes, in live captures only

Operators: == != < <= > >= in and or not ( ). Addresses compare with addresses
and networks: host == "10.0.0.1", host in "10.0.0.0/8".

A fact can have several values; one that matches is enough. "!=" needs all to
differ. port[0] is the first. A comparison with a missing value is false.`

const rangesTopic = `A port is a number from 0 to 65535. RFC 6335 divides the numbers into three
ranges. There is no technical difference between them.

  0-1023        system (well-known)   sys   Often only root may listen here.
  1024-49151    registered (user)     reg   IANA lists services for many.
  49152-65535   dynamic (private)     dyn   IANA lists no service here.

A client takes an ephemeral port: any free port that the operating system picks.
The systems pick from other ranges than IANA's:

  Linux           32768-60999
  Windows, macOS  49152-65535
  FreeBSD         10000-65535

So a client's port on Linux is often in the registered range and means nothing.
"portsniff lookup NUMBER" shows what a port means.`
