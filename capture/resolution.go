package capture

import "strconv"

// A Resolution is the unit of an interface's times, like pcapng's if_tsresol: with the high bit
// clear, 10^-value seconds; with the high bit set, 2^-(low seven bits) seconds.
type Resolution uint8

// Common resolutions.
const (
	Microseconds Resolution = 6 // of a pcapng interface without if_tsresol
	Nanoseconds  Resolution = 9 // of live captures
)

// Unit returns the unit: base to the power of -exponent seconds. base is 2 or 10.
func (r Resolution) Unit() (base, exponent int) {
	if r&0x80 != 0 {
		return 2, int(r & 0x7f)
	}
	return 10, int(r)
}

// String returns text such as "10^-6 s".
func (r Resolution) String() string {
	base, exponent := r.Unit()
	if exponent == 0 {
		return "1 s"
	}
	return strconv.Itoa(base) + "^-" + strconv.Itoa(exponent) + " s"
}
