//go:build !linux

package flow

// hugePage is how much memory a table asks for ahead of time, in bytes.
const hugePage = 2 << 20

// makeHuge makes a slice of n elements.
func makeHuge[T any](n int) []T { return make([]T, n) }

// populate would have the system clear memory; there is no such call that changes nothing of what is in it.
func populate([]byte) {}

// lookedAt would have the system give memory that nobody has written to at once; it gives it when it is met.
func lookedAt([]byte) {}
