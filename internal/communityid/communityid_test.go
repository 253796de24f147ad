package communityid_test

import (
	"net/netip"
	"testing"

	"github.com/portsniff/portsniff/internal/communityid"
)

// TestPublishedIDs checks IDs from the specification's README and its table of values.
func TestPublishedIDs(t *testing.T) {
	at := netip.MustParseAddrPort
	id := func(got []byte) string { return string(got) }
	for _, c := range []struct{ name, got, want string }{
		{"TCP", id(communityid.AppendPorts(nil, 6, at("128.232.110.120:34855"),
			at("66.35.250.204:80"))), "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{"TCP back", id(communityid.AppendPorts(nil, 6, at("66.35.250.204:80"),
			at("128.232.110.120:34855"))), "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{"UDP", id(communityid.AppendPorts(nil, 17, at("192.168.1.52:54585"), at("8.8.8.8:53"))),
			"1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
		{"ICMP echo", id(communityid.AppendICMP(nil, at("192.168.0.89:0").Addr(),
			at("192.168.0.1:0").Addr(), 8, 0)), "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
		{"ICMP echo reply", id(communityid.AppendICMP(nil, at("192.168.0.1:0").Addr(),
			at("192.168.0.89:0").Addr(), 0, 0)), "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
		{"no addresses", id(communityid.AppendIP(nil, 6, netip.Addr{}, netip.Addr{})), ""},
		{"two versions", id(communityid.AppendIP(nil, 6, at("192.0.2.1:0").Addr(),
			at("[2001:db8::1]:0").Addr())), ""},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
}

func TestLenAndAllocations(t *testing.T) {
	a, b := netip.MustParseAddrPort("[2001:db8::1]:5353"), netip.MustParseAddrPort("[::1]:53")
	out := make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() {
		out = communityid.AppendPorts(out[:0], 17, a, b)
	}); n > 0 {
		t.Errorf("%v allocations for an ID", n)
	}
	if len(out) != communityid.Len {
		t.Errorf("%d bytes, want %d", len(out), communityid.Len)
	}
}
