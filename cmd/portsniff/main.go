// Command portsniff tells where the port is in every packet of a capture, and what it means.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/portsniff/portsniff/render"
)

// Exit statuses.
const (
	exitFailed = 1 // the input, the capture or the output failed; all that was read before is shown
	exitUsage  = 2 // the command line was wrong
)

func main() {
	err := newRoot().Execute()
	if err == nil {
		return
	}
	complain(os.Stderr, err)
	var usage *usageError
	if errors.As(err, &usage) {
		os.Exit(exitUsage)
	}
	os.Exit(exitFailed)
}

// complain writes an error, a line for each of several. What a file's name or content put into it is escaped.
func complain(w io.Writer, err error) {
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(w, "portsniff: %s\n", render.Escape(strings.TrimSuffix(line, "\n")))
	}
}

// A usageError is a mistake in the command line.
type usageError struct {
	err     error
	command string // whose --help tells more
}

func (e *usageError) Error() string { return fmt.Sprintf("%v\nsee %s --help", e.err, e.command) }
func (e *usageError) Unwrap() error { return e.err }
