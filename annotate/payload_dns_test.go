package annotate_test

import (
	"encoding/binary"
	"testing"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
)

// TestDNSClasses checks the classes of IANA's list for questions: Internet, Chaos, Hesiod, and two
// for questions only, NONE (RFC 2136) and ANY (RFC 1035). Multicast DNS also sets the highest bit.
func TestDNSClasses(t *testing.T) {
	for class, want := range map[uint16]string{
		0: "", 1: "dns", 2: "", 3: "dns", 4: "dns", 5: "", 253: "", 254: "dns", 255: "dns", 256: "",
		0x8001: "dns", 0x80ff: "dns", 0x8002: "", 0x4001: "",
	} {
		query := []byte(
			"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07version\x04bind\x00\x00\x10",
		)
		query = binary.BigEndian.AppendUint16(query, class)
		if got := annotate.Recognize(decode.ProtoUDP, query).String(); got != want {
			t.Errorf("class %#x over UDP: %q, want %q", class, got, want)
		}
		framed := append(binary.BigEndian.AppendUint16(nil, uint16(len(query))), query...)
		if got := annotate.Recognize(decode.ProtoTCP, framed).String(); got != want {
			t.Errorf("class %#x over TCP: %q, want %q", class, got, want)
		}
	}
}
