package explain

import (
	"fmt"
	"strconv"
	"strings"
)

// Frames is a set of frame numbers, from 1. Nil means that none were chosen.
type Frames []frameRange

// A frameRange is a range of frame numbers, both ends included.
type frameRange struct{ low, high int64 }

// ParseFrames parses numbers and ranges, such as 3 or 3,7-9. It returns nil for an empty text.
func ParseFrames(text string) (out Frames, err error) {
	if text == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		low, high, isRange := strings.Cut(part, "-")
		if !isRange {
			high = low
		}
		r := frameRange{}
		var errLow, errHigh error
		r.low, errLow = strconv.ParseInt(strings.TrimSpace(low), 10, 64)
		r.high, errHigh = strconv.ParseInt(strings.TrimSpace(high), 10, 64)
		if errLow != nil || errHigh != nil || r.low < 1 || r.high < r.low {
			return nil, fmt.Errorf(
				"%q is not a frame number: use numbers from 1, such as 3 or 3,7-9", part)
		}
		out = append(out, r)
	}
	return out, nil
}

// Has reports whether a number is in the set.
func (s Frames) Has(n int64) bool {
	for _, r := range s {
		if r.low <= n && n <= r.high {
			return true
		}
	}
	return false
}

// Last returns the highest number, or 0 for nil.
func (s Frames) Last() (n int64) {
	for _, r := range s {
		n = max(n, r.high)
	}
	return n
}
