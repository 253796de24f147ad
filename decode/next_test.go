package decode

import (
	"testing"

	"github.com/portsniff/portsniff/linktype"
)

// TestNextName checks Cisco HDLC's 16-bit Protocol field and IPv4's 8-bit field of the same name.
func TestNextName(t *testing.T) {
	for _, c := range []struct {
		link  linktype.Type
		bytes string
		layer int
		want  string
	}{
		{104, "0f00 88cc 00", 0, "LLDP"},
		{104, "0f00 0800 45", 0, ""},
		{104, "0f00 fffe 00", 0, "EtherType 0xfffe"},
		{linktype.IPv4, "45000014 00010000 4059 0000 0a000001 0a000002", 0, "OSPF"},
		{linktype.IPv4, "45000014 00010000 40c8 0000 0a000001 0a000002", 0, "IP protocol 200"},
		{linktype.IPv4, "45000014 00010000 4006 0000 0a000001 0a000002", 0, ""},
	} {
		b := frameBytes(t, c.bytes)
		var p Packet
		p.Decode(c.link, b, len(b))
		if got := p.NextName(c.layer); got != c.want {
			t.Errorf("%s: %q, want %q", c.bytes, got, c.want)
		}
	}
}

// TestNextProtocol checks byte 9 of IPv4 (RFC 791) and byte 6 of IPv6 (RFC 8200).
func TestNextProtocol(t *testing.T) {
	for _, c := range []struct {
		bytes string
		want  uint8
		ok    bool
	}{
		{"45000014 00010000 4059 0000 0a000001 0a000002", 89, true},
		{"60000000 0000 3b 40" + zeros8 + zeros8 + zeros8 + zeros8, 59, true},
		{"45000014 00010000 40", 0, false},
	} {
		b := frameBytes(t, c.bytes)
		var p Packet
		p.Decode(linktype.Raw, b, len(b))
		if got, ok := p.NextProtocol(0); got != c.want || ok != c.ok {
			t.Errorf("%s: %d, %v; want %d, %v", c.bytes, got, ok, c.want, c.ok)
		}
	}
}
