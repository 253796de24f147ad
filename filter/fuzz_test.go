package filter_test

import (
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/linktype"
)

// A grammar generates an expression from the fuzzer's bytes: each choice uses one byte.
type grammar struct {
	bytes []byte
	depth int
}

func (g *grammar) pick(n int) int {
	if len(g.bytes) == 0 {
		return 0
	}
	b := g.bytes[0]
	g.bytes = g.bytes[1:]
	return int(b) % n
}

func (g *grammar) word(words string) string { return g.one(strings.Split(words, "|")...) }

func (g *grammar) one(list ...string) string { return list[g.pick(len(list))] }

// join returns an operator between two primitives or ids.
func (g *grammar) join() string { return g.one(" and ", " or ", " && ", " || ") }

// expr returns a complete expression.
func (g *grammar) expr() string {
	g.depth++
	defer func() { g.depth-- }()
	if g.depth > 6 {
		return g.primitive()
	}
	switch g.pick(7) {
	case 0, 1:
		return g.primitive()
	case 2:
		return "not " + g.term()
	case 3:
		return "(" + g.expr() + ")"
	case 4:
		return g.expr() + g.join() + g.id()
	}
	return g.expr() + g.join() + g.term()
}

func (g *grammar) term() string {
	if g.pick(2) == 0 {
		return "(" + g.expr() + ")"
	}
	return g.primitive()
}

// id returns an id without qualifiers. It is often of the wrong kind, which must be an error.
func (g *grammar) id() string {
	switch g.pick(3) {
	case 0:
		return g.ids(ports + "|" + addresses)
	case 1:
		return g.ids(ports)
	}
	return g.word(ports + "|" + addresses + "|ff:ff:ff:ff:ff:ff|6|0x800|http-foo")
}

// Ids for port and for host.
const (
	ports     = "80|53|443|22|4789|0|65535"
	addresses = "10.9.0.1|127.0.0.1|192.0.2.10|198.51.100.7|::1|2001:db8::10"
)

// ids returns several ids in parentheses, negated and nested. Some are invalid, because a list must
// not begin with a list.
func (g *grammar) ids(words string) string {
	g.depth++
	defer func() { g.depth-- }()
	if g.depth > 6 {
		return g.word(words)
	}
	switch g.pick(6) {
	case 0:
		return g.word(words)
	case 1:
		return g.word("not |! |not not ") + g.ids(words)
	case 2:
		return "(" + g.ids(words) + ")"
	case 3:
		return "(not " + g.ids(words) + g.join() + g.ids(words) + ")"
	}
	return "(" + g.word(words) + g.join() + g.ids(words) + ")"
}

// several returns a list of ids half of the time, else one id, or an unusual one.
func (g *grammar) several(words, odd string) string {
	if g.pick(2) == 0 {
		return g.ids(words)
	}
	return g.word(words + "|" + odd)
}

func (g *grammar) primitive() string {
	switch g.pick(12) {
	case 0:
		return g.word(
			"ip|ip6|arp|rarp|tcp|udp|sctp|icmp|icmp6|igmp|pim|vrrp|ah|esp|atalk|decnet|iso|stp|" +
				"ipx|clnp|isis|l1|lat|igrp|carp|netbeui|aarp|csnp")
	case 1:
		return g.word("|tcp |udp |sctp |ip |icmp ") +
			g.word("|src |dst |src or dst |src and dst ") + "port " +
			g.several(ports, "65536|https")
	case 2:
		return g.word("|tcp |udp ") + g.word("|src |dst ") + "portrange " +
			g.several("1-1023|53-80|90-1|49152-65535", "80|0-70000")
	case 3:
		return g.word("|ip |arp |rarp |ip6 |tcp ") + g.word("|src |dst |src and dst |dst or src ") +
			g.word("host |") + g.several(addresses, "10|192.0|3221225994")
	case 4:
		return g.word("|ip |ip6 |arp ") + g.word("|src |dst |src and dst ") + "net " +
			g.several("192.0.2.0/24|10.0.0.0/8|0.0.0.0/0|2001:db8::/32|::/0|192.0.2.0/31",
				"10|192|fe80::/10|192.0.2.10/24|192.0.0.0 mask 255.255.0.0")
	case 5:
		return "ether " + g.word("|src |dst |src or dst ") + g.word("host |") +
			g.word("ff:ff:ff:ff:ff:ff|02:00:00:00:00:07|ffff.ffff.ffff|1:2:3:4:5")
	case 6:
		return g.word("|ip |ip6 |ether |iso |tcp ") + g.word("proto |protochain |proto ") +
			g.several(`6|17|1|58|44|50|\tcp|\udp`, `0x800|0x86dd|\ip|\clnp|256|5`)
	case 7:
		return g.word("|ether |ip |ip6 ") + g.word("broadcast|multicast")
	case 8:
		return g.word(
			"less 60|greater 100|len > 80|inbound|outbound|ifindex 2|byte 0 = 0|llc|llc u|llc " +
				"i|pppoed|len < 0")
	case 9:
		return g.word("vlan|mpls|pppoes|geneve|vlan|mpls") + g.word("|| 10| 100| 5| 0x27| 20| 4096")
	case 10:
		return g.number(0) + g.word(" = | != | > | < | >= | <= | == ") + g.number(0)
	}
	return g.bytes1() + g.word(" = | != | & 1 = | > ") + g.word("0|1|2|6|17|53|64|69|80|255")
}

// number returns an arithmetic expression. It avoids those that libpcap rejects by mistake as a
// division by zero or as a long shift.
func (g *grammar) number(depth int) string {
	if depth > 3 {
		return g.word("1|len|0|20")
	}
	switch g.pick(8) {
	case 0:
		return g.word("0|1|2|14|20|53|64|69|80|0xff|255|0x0800|1500|65535|icmp-echo|tcp-syn")
	case 1:
		return "len"
	case 2:
		return "(" + g.number(depth+1) + ")"
	case 3:
		return g.number(depth+1) + g.one(" + ", " - ", " & ", " | ", " ^ ", " * ") +
			g.number(depth+1)
	case 4:
		return "((" + g.number(depth+1) + ")" + g.word(" / | % | << | >> ") +
			g.word("2|1|3|8|16|31|32|0") + ")"
	case 5:
		return "-" + g.word("1|len|ip[2]|(len)")
	}
	return g.bytes1()
}

func (g *grammar) bytes1() string {
	index := g.word(
		"0|1|2|6|8|9|12|13|20|40|60|200|tcpflags|icmptype|-1|ip[0] & 15|len - 1|(ip[0] & 15) << 2")
	return g.word("ether|ip|ip6|tcp|udp|icmp|icmp6|arp|sctp|igmp|link|ah|rarp") + "[" + index +
		g.word("||:1|:2|:4|:3") + "]"
}

// FuzzGrammar checks that generated expressions neither panic nor need much time or memory. The
// results must be tcpdump's if it is installed.
func FuzzGrammar(f *testing.F) {
	for _, seed := range []string{"", "\x01\x01\x02", "\x05\x03\x09\x00\x00\x0a\x07\x01",
		"\x04\x05\x05\x0a\x03\x06\x02\x00\x01\x0b",
		"\x06\x06\x05\x09\x03\x00\x01\x01\x00\x02\x03"} {
		f.Add(byte(len(seed)), []byte(seed))
	}
	tool, err := exec.LookPath("tcpdump")
	if err != nil {
		f.Log("SKIPPED: tcpdump is not installed, so that verdicts are compared with nothing")
	}
	all := frames(f)
	files := map[linktype.Type]string{}
	for link, list := range all {
		files[link] = writeCapture(f, link, list)
	}
	links := filter.LinkTypes()
	f.Fuzz(func(t *testing.T, which byte, choices []byte) {
		link := linktype.Ethernet // most often, because it supports the most words
		if which < 100 {
			link = links[int(which)%len(links)]
		}
		expr := (&grammar{bytes: choices[:min(len(choices), 200)]}).expr()
		start := time.Now()
		p, err := filter.Compile(expr, filter.Options{Link: link, Services: services})
		if took := time.Since(start); took > 30*time.Second {
			t.Fatalf("%s: compiling took %v", expr, took)
		}
		var e *filter.Error
		if err != nil && (!errors.As(err, &e) || e.At < 0 || e.End > len(expr) || e.Point() == "") {
			t.Fatalf("%s: the error does not point: %v", expr, err)
		}
		if p != nil && len(p.Instructions()) > 200*len(expr)+100 {
			t.Fatalf("%s: %d instructions", expr, len(p.Instructions()))
		}
		if tool == "" || undefined(expr) {
			if p != nil {
				verdicts(p, all[link])
			}
			return
		}
		want, refused := selected(t, tool, files[link], expr)
		again := func() []int { list, _ := selected(t, tool, files[link], expr, "-O"); return list }
		if err := check(expr, link, all[link], want, refused, again, true); err != nil {
			t.Errorf("link type %d: %s: %v", link, expr, err)
		}
	})
}

// undefined reports whether an expression may read after a Geneve header that does not exist:
// libpcap then reads uninitialized memory.
func undefined(expr string) bool {
	return strings.Contains(expr, "geneve") &&
		(strings.ContainsAny(expr, "!") || strings.Contains(expr, "not") ||
			strings.Contains(expr, "or") || strings.Contains(expr, "||"))
}

// FuzzCompile checks that no text panics, and that every error points into it.
func FuzzCompile(f *testing.F) {
	for _, r := range table(f) {
		f.Add(r.expr)
	}
	data := slices.Repeat([]byte{0x45, 0, 8, 6}, 40)
	f.Fuzz(func(t *testing.T, expr string) {
		for _, link := range []linktype.Type{linktype.Ethernet, linktype.SLL2, linktype.Raw} {
			p, err := filter.Compile(expr, filter.Options{Link: link, Services: services,
				Live: link == linktype.Raw})
			var e *filter.Error
			if err != nil && (!errors.As(err, &e) || e.At < 0 || e.End > len(expr) ||
				e.At > e.End || fmt.Sprint(e, e.Point()) == "") {
				t.Fatalf("%q: the error does not point: %v", expr, err)
			}
			if p != nil {
				p.Match(data, len(data))
			}
		}
	})
}
