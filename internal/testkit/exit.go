package testkit

import (
	"os"
	"syscall"
	"testing"
)

// Exit ends a process that tests have started from their own program. Where coverage is measured it
// leaves out what the program would do then: in a sandbox the data cannot be written, and the
// complaint would be part of what a test looks at.
func Exit(status int) {
	if testing.CoverMode() != "" {
		syscall.Exit(status)
	}
	os.Exit(status)
}
