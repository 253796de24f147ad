package testkit

import (
	"os"
	"syscall"
	"testing"
)

// Exit ends a process that tests started from their own program. If coverage is measured, it skips
// writing the coverage data. A sandbox prevents that, and the error message would be part of the
// tested output.
func Exit(status int) {
	if testing.CoverMode() != "" {
		syscall.Exit(status)
	}
	os.Exit(status)
}
