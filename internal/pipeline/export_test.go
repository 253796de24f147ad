package pipeline

import "time"

// SetSameRequest sets how long signals count as the same request to end. It returns the old value.
func SetSameRequest(d time.Duration) (before time.Duration) {
	before, sameRequest = sameRequest, d
	return before
}
