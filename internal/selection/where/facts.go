package where

import (
	"slices"
	"strings"
)

// Numbers is a fact with several values per packet, such as ports. A comparison is true if it is
// true for one value; only != must be true for all values.
type Numbers []int

// Words is like Numbers for words. Comparisons ignore case.
type Words []string

// Facts are the facts about one packet that expressions can use. The tags are their names.
type Facts struct {
	// of every transport header except quoted ones, source and destination
	Port Numbers `expr:"port"`
	// of every IP and ARP header except quoted ones, source and destination
	Host Addresses `expr:"host"`
	Src  Ends      `expr:"src"`
	Dst  Ends      `expr:"dst"`
	// of the end that opened the conversation, if known
	Client Ends `expr:"client"`
	Server Ends `expr:"server"`
	Inner  Ends `expr:"inner"` // of transport headers inside another one, as in a tunnel
	Outer  Ends `expr:"outer"` // of the outermost transport header
	TCP    TCP  `expr:"tcp"`
	Quoted bool `expr:"quoted"` // an ICMP error quotes a packet
	// names of the ports that identify a service, IANA's and common ones
	Service Words `expr:"service"`
	Range   Words `expr:"range"` // system, registered, dynamic: of every port
	// every header except quoted ones: eth, vlan, ip, ipv6, tcp, icmp …
	Proto    Words `expr:"proto"`
	NoPorts  Words `expr:"no_ports"` // why the packet has no ports, "" if it has
	Len      int   `expr:"len"`      // bytes on the wire
	Captured int   `expr:"captured"` // bytes captured
	Frame    int   `expr:"frame"`    // the packet's number in the input
	// Community IDs of every transport header except quoted ones, and of the packet; set only if an
	// expression uses them
	Community Words `expr:"community_id"`
	// names of the local processes at the ends of the packet's flows; like pid and user, known
	// only in live captures
	Process Words   `expr:"process"`
	PID     Numbers `expr:"pid"`  // of the same processes
	User    Words   `expr:"user"` // users that they run as
}

// Ends holds the ports and addresses of one kind of end.
type Ends struct {
	Port Numbers   `expr:"port"`
	Host Addresses `expr:"host"`
}

// TCP holds the fields of TCP headers, except quoted ones.
type TCP struct {
	Flags  Flags   `expr:"flags"`
	Seq    Numbers `expr:"seq"` // as on the wire, not relative to the first
	Ack    Numbers `expr:"ack"`
	Window Numbers `expr:"window"` // without scaling
	Len    Numbers `expr:"len"`    // of the payload, in bytes
}

// Flags are TCP's control bits (RFC 9293 3.1), set if one of the headers has them.
type Flags struct {
	FIN bool `expr:"fin"`
	SYN bool `expr:"syn"`
	RST bool `expr:"rst"`
	PSH bool `expr:"psh"`
	ACK bool `expr:"ack"`
	URG bool `expr:"urg"`
	ECE bool `expr:"ece"`
	CWR bool `expr:"cwr"`
}

// Reset empties the facts and keeps their memory.
func (f *Facts) Reset() {
	*f = Facts{Port: f.Port[:0], Host: f.Host[:0], Src: f.Src.reset(), Dst: f.Dst.reset(),
		Client: f.Client.reset(), Server: f.Server.reset(), Inner: f.Inner.reset(),
		Outer: f.Outer.reset(), TCP: f.TCP.reset(), NoPorts: f.NoPorts[:0],
		Service: f.Service[:0], Range: f.Range[:0], Proto: f.Proto[:0],
		Community: f.Community[:0], Process: f.Process[:0], PID: f.PID[:0], User: f.User[:0]}
}

func (e Ends) reset() Ends { return Ends{e.Port[:0], e.Host[:0]} }

func (t TCP) reset() TCP {
	return TCP{Seq: t.Seq[:0], Ack: t.Ack[:0], Window: t.Window[:0], Len: t.Len[:0]}
}

func (n Numbers) equal(k int) bool  { return slices.Contains(n, k) }
func (n Numbers) differ(k int) bool { return !slices.Contains(n, k) }
func (n Numbers) below(k int) bool {
	return slices.ContainsFunc(n,
		func(x int) bool { return x < k })
}
func (n Numbers) above(k int) bool {
	return slices.ContainsFunc(n,
		func(x int) bool { return x > k })
}
func (n Numbers) atMost(k int) bool  { return n.below(k) || n.equal(k) }
func (n Numbers) atLeast(k int) bool { return n.above(k) || n.equal(k) }

func (n Numbers) within(list []int) bool {
	return slices.ContainsFunc(n, func(x int) bool { return slices.Contains(list, x) })
}

func (w Words) equal(s string) bool {
	return slices.ContainsFunc(w, func(x string) bool { return strings.EqualFold(x, s) })
}
func (w Words) differ(s string) bool { return !w.equal(s) }

func (w Words) contain(s string) bool { return w.some(s, strings.Contains) }
func (w Words) begin(s string) bool   { return w.some(s, strings.HasPrefix) }
func (w Words) end(s string) bool     { return w.some(s, strings.HasSuffix) }

// some reports whether part returns true for s and one of the words. It ignores case.
func (w Words) some(s string, part func(word, s string) bool) bool {
	s = strings.ToLower(s)
	return slices.ContainsFunc(w, func(x string) bool { return part(strings.ToLower(x), s) })
}
