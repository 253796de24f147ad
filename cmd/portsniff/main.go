// Command portsniff says where the port is in every packet of a capture, and what it means.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	_ "time/tzdata" // for machines without zone data

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/outfile"
	"github.com/portsniff/portsniff/internal/selection"
	"github.com/portsniff/portsniff/internal/sockets"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/textutil"
	"github.com/portsniff/portsniff/internal/timezone"
)

// Exit statuses.
const (
	exitFailed = 1 // the input, the capture or the output failed; all that was read before is shown
	exitUsage  = 2 // the command line was wrong
	exitAlert  = 3 // top raised an alert that --fail-on names, and nothing failed
)

func main() { os.Exit(execute(ownProcess(context.Background()))) }

// execute is the program, or one of its helpers, and gives its status.
func execute(ctx context.Context) int {
	for _, helper := range []func() (int, bool){sockets.HelperMain, outfile.HelperMain} {
		if status, ran := helper(); ran {
			return status
		}
	}
	zone, err := timezone.Local()
	if time.Local = zone; err != nil {
		complain(os.Stderr, nil, fmt.Errorf("%w; times are in UTC", err))
	}
	cmd, err := newRoot().ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	complain(os.Stderr, cmd, err)
	return statusOf(err)
}

// statusOf is the exit status for an error.
func statusOf(err error) int {
	var usage *usageError
	var mistake *selection.Error
	if errors.As(err, &usage) || errors.As(err, &mistake) {
		return exitUsage
	}
	if _, ok := err.(*alertError); ok {
		return exitAlert
	}
	return exitFailed
}

// complain writes an error, a line for each of several. What names and files put into it is
// escaped, so that nothing can forge a line. A mistake in the command line may have several lines.
func complain(w io.Writer, cmd *cobra.Command, err error) {
	for _, e := range several(err) {
		if mistake, ok := e.(*selection.Error); ok {
			e = &usageError{mistake, cmd.CommandPath()}
		}
		usage, ok := e.(*usageError)
		if !ok {
			term.Notice(w, "%s", plainText(e))
			continue
		}
		for _, line := range append(errorLines(usage.err), "see "+usage.command+" --help") {
			fmt.Fprintf(w, "portsniff: %s\n", escapeTyped(line))
		}
	}
}

// errorLines are the lines that an error is meant to have. A line break in any of them came with
// what the user typed.
func errorLines(err error) []string {
	if e, ok := err.(interface{ Lines() []string }); ok {
		return e.Lines()
	}
	return []string{plainText(err)}
}

// escapeTyped escapes what the user typed himself. There a backslash stays as it is, so that a
// filter's \tcp can be typed again and carets stand below what they mean.
func escapeTyped(line string) string {
	parts := strings.Split(line, `\`)
	for i, p := range parts {
		parts[i] = textutil.Escape(p)
	}
	return strings.Join(parts, `\`)
}

// several takes apart what errors.Join put together. Other errors may have several causes too, and
// one text for them.
func several(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var texts []string
	for _, e := range joined.Unwrap() {
		texts = append(texts, e.Error())
	}
	if strings.Join(texts, "\n") != err.Error() {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, several(e)...)
	}
	return all
}

// A usageError is a mistake in the command line.
type usageError struct {
	err     error
	command string // whose --help says more
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }
