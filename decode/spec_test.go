package decode

import (
	"strings"
	"testing"
)

// TestFieldsCut checks headers that were cut before the byte that determines their layout. Fields
// must still cover the header to its claimed end.
func TestFieldsCut(t *testing.T) {
	for _, c := range []struct {
		name  string
		first ProtocolID
		bytes string
		want  int // length of the header in bytes
	}{
		{"Shim6 without its flag", IDShim6, "11 30", 8},
		{"L2TP without its flags", IDL2TP, "40", 8},
		{"GRE without its flags", IDGRE, "30", 4},
		{"TCP without its options", IDTCP, "cf84 0009 00000000 00000000 a002 0000 0000 0000 02",
			40},
	} {
		b := frameBytes(t, c.bytes)
		var p Packet
		p.DecodeAs(c.first, b, 100)
		bit := 0
		for _, f := range p.Fields(0) {
			if f.At != bit {
				t.Errorf("%s: %s at bit %d, want %d", c.name, f.Key, f.At, bit)
			}
			bit = f.At + f.Width
		}
		if bit != 8*c.want {
			t.Errorf("%s: the fields end at bit %d, want %d", c.name, bit, 8*c.want)
		}
	}
}

// TestRoles checks that the role of a field agrees with the text of its table row.
func TestRoles(t *testing.T) {
	for _, id := range IDs() {
		for _, s := range id.Protocol().Fields {
			inBytes := s.Mean != nil && strings.HasSuffix(s.Mean(6), " bytes")
			if scaled := s.Role == ScaledLength || s.Role == FragmentOffset; inBytes != scaled {
				t.Errorf("%s: role %d, meaning in bytes: %t", s.Key, s.Role, inBytes)
			}
			if notPort := strings.Contains(s.Doc, "not a port"); notPort != (s.Role == NotAPort) {
				t.Errorf("%s: role %d: %s", s.Key, s.Role, s.Doc)
			}
			if s.Mean == nil && s.Role.SaysNext() {
				t.Errorf("%s: names the next header, but its values have no names", s.Key)
			}
			if s.Role == NextIPProtocol && s.Width() != 8 || s.Role == NextEtherType &&
				s.Width() != 16 {
				t.Errorf("%s: role %d in %d bits", s.Key, s.Role, s.Width())
			}
		}
	}
}
