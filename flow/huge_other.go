//go:build !linux

package flow

// adviseHuge does nothing here: see the one for Linux.
func adviseHuge[T any]([]T) {}
