package capture

import "strconv"

// A Resolution is the unit that an interface's times count in, as pcapng's if_tsresol: with the
// high bit clear, 10^-value seconds; with the high bit set, 2^-(low seven bits) seconds.
type Resolution uint8

// The usual resolutions.
const (
	Microseconds Resolution = 6 // of a pcapng interface without if_tsresol
	Nanoseconds  Resolution = 9 // of live captures
)

func (r Resolution) binary() bool { return r&0x80 != 0 }
func (r Resolution) exp() int     { return int(r & 0x7f) }

// String writes a resolution as "10^-6 s".
func (r Resolution) String() string {
	base := "10"
	if r.binary() {
		base = "2"
	}
	switch r.exp() {
	case 0:
		return "1 s"
	default:
		return base + "^-" + strconv.Itoa(r.exp()) + " s"
	}
}
