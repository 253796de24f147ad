// Package filter says which frames: it compiles the language of pcap-filter(7), the one that tcpdump takes, to classic BPF without libpcap.
//
//	p, err := filter.Compile("tcp port 443 and host 10.0.0.1", filter.Options{Link: linktype.Ethernet})
//	...
//	if p.Match(data, wireLen) { ... }
//
// A Program runs in the package's own interpreter, which takes any frame and needs no rights, or in the kernel: Raw gives it in the form that
// sockets take. What is wrong with an expression comes as an Error that points at the word. A Program does not change and may be used by many
// goroutines at once; matching allocates nothing.
//
// # The language
//
// All of libpcap 1.10's for the link types of LinkTypes, with its precedence: not binds tightest, and and or bind equally, from left to
// right; what stands behind them without qualifiers takes those of the primitive before: port 80 or 443. Its verdicts are libpcap's, which
// is tested against tcpdump, down to its quirks: vlan, mpls, pppoes and geneve move where everything behind them looks, even behind or; tcp[13] is
// never found in IPv6; of tcp[0] + udp[0] only the left side's protocol is asked for.
//
// # What is different from libpcap
//
//   - Names of hosts, networks and Ethernet addresses are refused unless Options.Resolve, Network and Ether are set, so that no filter causes
//     traffic. gateway, which is two names in one, is refused as in every libpcap that knows IPv6.
//   - Names of services come from Options.Services, and protocols' names, in capitals or not, from a table here, not from files of the system.
//   - On linktype.Null frames the address family is taken in either byte order; libpcap knows that of the file.
//   - Three of libpcap's slips are not repeated: 5 / ip[0] is no division by the zero in the brackets, 1 << ip[40] no shift by 40, and
//     byte 0 & 2 loads the byte. DECnet addresses that do
//     not fit into 16 bits are refused, and so are portrange 1-2-3 and 1 << (16 + 16), of which libpcap reads a part.
//   - Beside protochain libpcap does not optimise; there a frame that ends before the address passes net 0.0.0.0/0 only here, and ip[-1] finds its byte
//     only here.
//   - A frame that ends within a header may be rejected by an expression of which libpcap's optimiser leaves more out, as of
//     "src or dst port (80 and 65535) or (ip)" on linktype.Loop, where IPv6 has three numbers.
//   - A negative index finds the byte before the header: tcp[-20] = 69 finds the IPv4 header, as libpcap's code does until its optimiser, which tcpdump runs
//     unless -O is given, makes it find nothing.
//   - What stands behind "not geneve" or "geneve or …" looks at the start of frames that have no Geneve header; libpcap reads memory there that
//     it has not written.
//   - Words that only 802.11, ATM, SS7 and pf logs have are known and refused, since frames of those can't be filtered.
//   - Match gives 0 for a shift by 32 and more, as libpcap does for files; the kernel takes the shift modulo 32.
//   - A program with protochain is a loop. Match runs it, bounded; the kernel does not take it, and Raw says so.
//
// # What no filter of this language can see
//
// A filter compares bytes at places that the expression fixes. port 53 does not find DNS behind a VLAN tag, inside of a tunnel, behind an IPv6
// extension header or in later fragments.
package filter
