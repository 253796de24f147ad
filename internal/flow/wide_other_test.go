//go:build !amd64 || purego

package flow

// narrowly does something.
func narrowly(do func()) { do() }
