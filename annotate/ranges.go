package annotate

// A Range is one of the three ranges that IANA divides port numbers into, RFC 6335 section 6. They
// differ only in how IANA assigns a number: no protocol treats a packet differently because of its
// port's range. (By default, Unix systems let only root listen below 1024.)
type Range uint8

// The three ranges, lowest first.
const (
	System Range = iota // 0 to 1023, "well-known": assigned by IETF Review or IESG Approval
	// 1024 to 49151, "registered": assigned on request after an expert's review
	User
	Dynamic // 49152 to 65535, "private" or "ephemeral": never assigned
)

var ranges = [...]struct {
	low, high         uint16
	word, short, long string
}{
	System:  {0, 1023, "system", "sys", "system (well-known)"},
	User:    {1024, 49151, "registered", "reg", "registered (user)"},
	Dynamic: {49152, 65535, "dynamic", "dyn", "dynamic (private)"},
}

// RangeOf returns the range of a port.
func RangeOf(port uint16) Range {
	switch {
	case port <= ranges[System].high:
		return System
	case port <= ranges[User].high:
		return User
	}
	return Dynamic
}

// String returns the word in JSON: system, registered or dynamic.
func (r Range) String() string {
	if int(r) < len(ranges) {
		return ranges[r].word
	}
	return ""
}

// Short returns three letters for narrow columns: sys, reg or dyn.
func (r Range) Short() string {
	if int(r) < len(ranges) {
		return ranges[r].short
	}
	return ""
}

// Name returns both common names: "system (well-known)", "registered (user)" or "dynamic
// (private)".
func (r Range) Name() string {
	if int(r) < len(ranges) {
		return ranges[r].long
	}
	return ""
}

// Bounds returns the lowest and the highest port of the range.
func (r Range) Bounds() (low, high uint16) {
	if int(r) < len(ranges) {
		return ranges[r].low, ranges[r].high
	}
	return 0, 0
}
