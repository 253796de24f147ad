//go:build !amd64 && !arm64

package flow

// prefetch does nothing: there, whoever needs the memory waits for it.
func prefetch(*uintptr, int) {}
