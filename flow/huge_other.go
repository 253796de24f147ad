//go:build !linux

package flow

// makeHuge makes a slice of n elements; see the one for Linux.
func makeHuge[T any](n int) []T { return make([]T, n) }
