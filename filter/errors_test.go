package filter_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/linktype"
)

// TestErrorsPoint checks the position of each error, with its caret and tildes, and its suggestion.
func TestErrorsPoint(t *testing.T) {
	for _, c := range []struct{ expr, marks, says string }{
		{"prot 80", "^~~~", "did you mean port?"},
		{"tcp prot 80", "    ^~~~", "expected and, or, or the end"},
		{"tcp portt 80", "    ^~~~~", "expected and, or, or the end"},
		{"hsot 10.0.0.1", "^~~~", "did you mean host?"},
		{"TCP", "^~~", "did you mean tcp?"},
		{"10.0.0.1", "^~~~~~~~", "did you mean host 10.0.0.1?"},
		{"443", "^~~", "did you mean port 443?"},
		{"::1", "^~~", "did you mean host ::1?"},
		{"port", "    ^", "expected a port number or the name of a service"},
		{"port 80 and", "           ^", "expected a primitive"},
		{"port 65536", "     ^~~~~", "65535"},
		{"port 80-90", "     ^~~~~", "did you mean portrange 80-90?"},
		{"port nosuchservice", "     ^~~~~~~~~~~~~", "no service of that name"},
		{"icmp port 80", "          ^~", "icmp has no ports; tcp, udp and sctp have"},
		{"tcp or 80", "       ^~", "did you mean port 80?"},
		{"tcp and prot 80", "        ^~~~", "did you mean port?"},
		{"port 53 or prot 80", "           ^~~~", "did you mean port?"},
		{"(port 53 or 80) and hots 10.0.0.1", "                    ^~~~", "did you mean host?"},
		{"ip proto tcp", "         ^~~", `did you mean \tcp?`},
		{"src tcp port 80", "    ^~~", "write the protocol before the direction: tcp src"},
		{"net 10.0.0.1/8", "    ^~~~~~~~~~", "did you mean 10.0.0.0?"},
		{"net 2001:db8::1/32", "    ^~~~~~~~~~~~~~", "did you mean 2001:db8::/32?"},
		{"net 10.0.0.0/33", "             ^~", "32 bits"},
		{"host 10.0.0.0/8", "              ^", "did you mean net?"},
		{"host 300.1.1.1", "     ^~~~~~~~~", "255 at most"},
		{"host example.com", "     ^~~~~~~~~~~", "give the address"},
		{"host 2:0:0:0:0:1", "     ^~~~~~~~~~~", "did you mean ether host 2:0:0:0:0:1?"},
		{"tcp[13:3] = 1", "       ^", "1, 2 or 4 bytes"},
		{"tcp[13 = 1", "       ^", "expected ]"},
		{"tcp[tcpflag] = 1", "    ^~~~~~~", "expected a number"},
		{"len > 08", "      ^~", "octal"},
		{"len / 0 = 1", "^~~~~~~", "division by zero"},
		{"(tcp", "    ^", "expected )"},
		{"tcp)", "   ^", "expected and, or, or the end"},
		{"tcp;", "   ^", "no character of a filter expression"},
		{"tcp \x1b[0m", "    ^", "no character of a filter expression"},
		{"type mgt", "^~~~", "802.11"},
		{"vlan 4096", "     ^~~~", "4095 at most"},
		{"ether proto ipv6", "            ^~~~", "did you mean ip6?"},
		{"len << (16 + 16) = 0", "^~~~~~~~~~~~~~~~", "more than 31 bits"},
		{"portrange http", "          ^~~~", "did you mean port http?"},
		{"portrange 1-2-3", "          ^~~~~", "no service of that name"},
		{"ip proto \\foo", "         ^~~~", `"\foo": no protocol`},
		{"port (80 || prot)", "            ^~~~", "no service of that name"},
		{"tcp\tand\nprot 80", "        ^~~~", "did you mean port?"},
		{"llc foo", "    ^~~", "no type of LLC frames"},
	} {
		_, err := filter.Compile(c.expr, filter.Options{Link: linktype.Ethernet,
			Services: services})
		var e *filter.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", c.expr, err)
			continue
		}
		_, marks, _ := strings.Cut(e.Point(), "\n")
		if marks != c.marks || !strings.Contains(e.Error(), c.says) {
			t.Errorf("%s: %v\n%s\nwant %q and %q", c.expr, e, e.Point(), c.marks, c.says)
		}
		if strings.ContainsAny(e.Point(), "\x1b") {
			t.Errorf("%q: an escape character came through", c.expr)
		}
	}
}

// TestNoGuess checks that nothing is suggested if no word is similar, and no word of an unsupported
// link type.
func TestNoGuess(t *testing.T) {
	for _, expr := range []string{"http", "dns", "src addr 10.0.0.1", "radi", "tcp or rulset 5"} {
		_, err := filter.Compile(expr, filter.Options{Link: linktype.Ethernet, Services: services})
		var e *filter.Error
		if !errors.As(err, &e) || e.Hint != "" {
			t.Errorf("%s: %v", expr, err)
		}
	}
}

// TestLongExpression checks that an error in a long expression is shown with its surroundings, in
// two short lines of equal length.
func TestLongExpression(t *testing.T) {
	before, after := strings.Repeat("port 1 or ", 500), strings.Repeat(" or port 1", 400)
	for expr, shown := range map[string]string{
		before + "prot 80": "…" + before[:60] + "prot 80\n" +
			strings.Repeat(" ", 61) + "^~~~",
		"prot 80" + after: "prot 80" + after[:53] + "…\n^~~~",
		before + "port": "…" + before[len(before)-56:] + "port\n" +
			strings.Repeat(" ", 61) + "^",
		before + "x" + strings.Repeat("ä", 100): "…" + before[len(before)-59:] + "x" +
			strings.Repeat("ä", 30) + "…\n" + strings.Repeat(" ", 61) + "^",
		"tcp and " + strings.Repeat("x", 5000): "tcp and " + strings.Repeat("x", 60) +
			"…\n        ^" + strings.Repeat("~", 59),
		strings.Repeat("ip and ", 1000) + "ip and arp": strings.Repeat("ip and ", 8) + "ip a…\n^" +
			strings.Repeat("~", 59),
	} {
		_, err := filter.Compile(expr, filter.Options{Link: linktype.Ethernet, Services: services})
		var e *filter.Error
		if !errors.As(err, &e) || e.Point() != shown || len(e.Error()) > 200 {
			t.Errorf("%.30s…: %v, want %s", expr, err, shown)
			if e != nil {
				t.Error(e.Point())
			}
		}
	}
}

// TestNothing checks that contradictory expressions have an error other than that for mistakes.
func TestNothing(t *testing.T) {
	for _, expr := range []string{"ip and arp", "tcp and udp", "1 = 2", "ip6 and not ip6",
		"tcp and not (ip or ip6)"} {
		if _, err := filter.Compile(expr, filter.Options{Link: linktype.Ethernet}); !errors.Is(err,
			filter.ErrNothing) {
			t.Errorf("%s: %v", expr, err)
		}
	}
	if _, err := filter.Compile("prot 80", filter.Options{Link: linktype.Ethernet}); errors.Is(err,
		filter.ErrNothing) {
		t.Error("a syntax error is reported as a contradiction")
	}
	var link *filter.LinkError
	if _, err := filter.Compile("tcp", filter.Options{Link: 105}); !errors.As(err, &link) ||
		link.Link != 105 {
		t.Errorf("802.11: %v", err)
	}
}

// TestHostileExpressions checks that excessive expressions are rejected quickly, and that merely
// long ones work.
func TestHostileExpressions(t *testing.T) {
	for _, c := range []struct {
		expr string
		ok   bool
	}{
		{strings.Repeat("(", 4000) + "tcp" + strings.Repeat(")", 4000), true},
		{strings.Repeat("not ", 4000) + "tcp", true},
		{strings.Repeat("(", 30000) + "tcp", false},
		{strings.Repeat("not ", 16000) + "tcp", false},
		{strings.Repeat("(", 4000) + "1" + strings.Repeat(")", 4000) + " = 1", true},
		{"port 1" + strings.Repeat(" or 2", 200), true},
		{"port 1" + strings.Repeat(" or 2", 13000), false}, // longer than 64 KiB
		// a program that is too long for the kernel
		{"port 1" + strings.Repeat(" or 2", 10000), false},
		{"ip[0] = 1" + strings.Repeat(" or ip[1] = 2", 1000), true},
		{lengths(2900), true},
		{lengths(3500), true},
		{strings.Repeat("ip[", 3000) + "0" + strings.Repeat("]", 3000) + " = 1", true},
		{"len = " + strings.Repeat("-", 4000) + "1", true},
		{"1" + strings.Repeat(" ^ 1", 10000) + " = 1", false},
	} {
		start := time.Now()
		_, err := filter.Compile(c.expr, filter.Options{Link: linktype.Ethernet})
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%.40s…: took %v", c.expr, took)
		}
		if (err == nil) != c.ok {
			t.Errorf("%.40s…: %v", c.expr, err)
		}
	}
}

// lengths returns an expression that compares the length with n numbers.
func lengths(n int) string {
	var b strings.Builder
	b.WriteString("len = 0")
	for i := range n {
		fmt.Fprintf(&b, " or len = %d", i)
	}
	return b.String()
}

// TestLoopEnds checks that a walk through a circular chain of headers ends. With libpcap's
// computation, the Authentication Header leads to itself. It is at byte 20 after the IP header's
// start; its length of 3 leads to (3 + 2) * 4 = 20.
func TestLoopEnds(t *testing.T) {
	p, err := filter.Compile("ip protochain 6", filter.Options{Link: linktype.Raw})
	if err != nil {
		t.Fatal(err)
	}
	packet := make([]byte, 60)
	packet[0], packet[9], packet[20], packet[21] = 0x45, 51, 51, 3
	if p.Match(packet, len(packet)) {
		t.Error("a circle without TCP has TCP")
	}
	packet[20] = 6
	if !p.Match(packet, len(packet)) {
		t.Error("TCP after an Authentication Header is not found")
	}
	if _, err := p.Raw(); !errors.Is(err, filter.ErrLoop) {
		t.Errorf("the kernel was offered a loop: %v", err)
	}
}

// TestMatchAllocatesNothing checks that Match does not allocate.
func TestMatchAllocatesNothing(t *testing.T) {
	p, err := filter.Compile("tcp port 80 or (vlan and host 10.0.0.1)",
		filter.Options{Link: linktype.Ethernet})
	if err != nil {
		t.Fatal(err)
	}
	data := make([]byte, 100)
	if n := testing.AllocsPerRun(100, func() { p.Match(data, 100) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
