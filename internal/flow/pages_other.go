//go:build !linux

package flow

import "time"

// populate and populateHuge would have the system back bytes with memory; there is no such call that changes nothing of what is in them.
func populate([]byte)     {}
func populateHuge([]byte) {}

// lookedAt would have the system give memory that nobody has written to at once; it gives it when it is met.
func lookedAt([]byte) {}

// threadTime would be how much processor time the thread took so far, for nothing that can take long.
func threadTime() time.Duration { return 0 }
