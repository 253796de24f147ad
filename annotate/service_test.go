package annotate

import (
	"testing"

	"github.com/portsniff/portsniff/decode"
)

// TestToService compares the shortcut with Decide, with the limits of all rules as ports of both
// sides.
func TestToService(t *testing.T) {
	edges := []uint16{0, 1, 20, 53, 67, 68, 80, 123, 161, 162, 443, 546, 547, 664, 665, 989, 1023,
		1024, 1790, 2049, 5353, 5601, 8080, 32767, 32768, 32769, 38412, 40000,
		44818, 49151, 49152, 50051, 51820, 60999, 61000, 65535}
	for _, proto := range decode.Protos() {
		for _, b := range edges {
			for a := 0; a < 1<<16; a += 31 {
				checkToService(t, proto, uint16(a), b)
				checkToService(t, proto, b, uint16(a))
			}
			for _, a := range edges {
				checkToService(t, proto, a, b)
			}
		}
	}
}

func checkToService(t *testing.T, proto decode.Transport, src, dst uint16) {
	t.Helper()
	port, side := Decide(RoleFacts{Proto: proto, PortA: src, PortB: dst,
		FirstFrom: SideA}).ServicePort()
	got := ToService(proto, src, dst)
	if side != NoSide && got != (side == SideB) {
		t.Errorf("%s, %d to %d: %v, Decide returns %d", proto, src, dst, got, port)
	}
	if src != 0 && dst != 0 && src != dst && got == ToService(proto, dst, src) {
		t.Errorf("%s, %d and %d: the answer is the same either way", proto, src, dst)
	}
}

func TestClasses(t *testing.T) {
	for _, proto := range decode.Protos() {
		for port := range 1 << 16 {
			if got, want := classesOf()[proto][port]&registered != 0,
				Registered(proto, uint16(port)).Name != ""; got != want {
				t.Fatalf("%d/%s: %v, want %v", port, proto, got, want)
			}
		}
	}
}
