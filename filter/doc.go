// Package filter selects frames. It compiles the language of pcap-filter(7), which tcpdump uses, to
// classic BPF without libpcap.
//
//	opt := filter.Options{Link: linktype.Ethernet}
//	p, err := filter.Compile("tcp port 443 and host 10.0.0.1", opt)
//	...
//	if p.Match(data, wireLen) { ... }
//
// A Program runs in this package's interpreter, or in the kernel: Raw returns it in the form for
// sockets. The error for a wrong expression is an Error that points at the word. A Program is
// immutable and safe for concurrent use. Matching does not allocate.
//
// # The language
//
// The language is that of libpcap 1.10 for the link types of LinkTypes, with its precedence. not
// binds tightest. and and or bind equally, from left to right. A primitive without qualifiers uses
// those of the primitive before it: port 80 or 443. Results are those of libpcap, including its
// quirks; tests compare them with tcpdump. vlan, mpls, pppoes and geneve move the offsets of
// everything after them, even after or. tcp[13] never matches in IPv6. tcp[0] + udp[0] checks only
// the protocol of the left side.
//
// # Differences from libpcap
//
//   - Names of hosts, networks and Ethernet addresses are refused unless Options.Resolve,
//     Network and Ether are set. So no filter causes traffic. gateway is refused, as in every
//     libpcap with IPv6.
//   - Names of services come from Options.Services. Names of protocols come from a table here,
//     in upper or lower case, not from files of the system.
//   - On linktype.Null the address family is accepted in either byte order. libpcap knows the
//     order of the file.
//   - Three errors of libpcap are not repeated. 5 / ip[0] is not a division by the constant 0.
//     1 << ip[40] is not a shift by 40. byte 0 & 2 loads the byte.
//   - DECnet addresses of more than 16 bits, portrange 1-2-3 and 1 << (16 + 16) are refused.
//     libpcap reads a part of them.
//   - With protochain, libpcap does not optimize. A frame that ends before the address then
//     passes net 0.0.0.0/0 only here, and ip[-1] finds its byte only here.
//   - A frame that ends within a header may be rejected here, but not in libpcap, whose optimizer
//     removes more loads. An example is "src or dst port (80 and 65535) or (ip)" on
//     linktype.Loop.
//   - A negative index finds the byte before the header: tcp[-20] = 69 finds the IPv4 header.
//     With libpcap's optimizer it finds nothing.
//   - After "not geneve" or "geneve or …" an expression reads the start of frames without a
//     Geneve header. libpcap reads uninitialized memory there.
//   - Words for 802.11, ATM, SS7 and pf logs are known and refused, because their frames cannot
//     be filtered.
//   - Match returns 0 for a shift by 32 or more, as libpcap does for files. The kernel shifts
//     modulo 32.
//   - A program with protochain is a loop. Match limits its number of steps. The kernel refuses
//     it, and Raw returns ErrLoop.
//
// # Limits of the language
//
// A filter compares bytes at fixed positions. port 53 does not find DNS after a VLAN tag, inside a
// tunnel, after an IPv6 extension header or in later fragments.
package filter
