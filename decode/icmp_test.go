package decode_test

import (
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/linktype"
)

// TestICMPCodes checks the meaning of ICMP codes, which depends on the type (RFC 792, RFC 1812
// section 5.2.7 and RFC 4443 section 3).
func TestICMPCodes(t *testing.T) {
	for _, c := range []struct {
		v6        bool
		typ, code byte
		want      string
	}{
		{false, 3, 0, "network unreachable"}, {false, 3, 3, "port unreachable"},
		{false, 3, 13, "communication prohibited"}, {false, 3, 16, ""},
		{false, 5, 1, "for the host"}, {false, 11, 1, "fragment reassembly time exceeded"},
		{false, 12, 0, "the pointer shows where"},
		{false, 8, 3, ""}, {false, 0, 0, ""}, {false, 255, 3, ""},
		{true, 1, 4, "port unreachable"}, {true, 1, 8, ""},
		{true, 3, 0, "hop limit exceeded in transit"},
		{true, 4, 1, "unrecognized Next Header type"}, {true, 128, 1, ""},
	} {
		header := []byte{0x45, 3: 28, 8: 64, 9: 1, 19: 1}
		key := "icmp.code"
		if c.v6 {
			header = []byte{0x60, 5: 8, 6: 58, 7: 64, 39: 1}
			key = "icmpv6.code"
		}
		var p decode.Packet
		p.Decode(linktype.Raw, append(header, c.typ, c.code, 0, 0, 0, 0, 0, 0), 0)
		found := false
		for _, f := range p.Fields(1) {
			if f.Key == key {
				found = true
				if got := f.Meaning(); got != c.want {
					t.Errorf("%s %d of type %d: %q, want %q", key, c.code, c.typ, got, c.want)
				}
			}
		}
		if !found {
			t.Errorf("%s of type %d is not among the fields", key, c.typ)
		}
	}
}
