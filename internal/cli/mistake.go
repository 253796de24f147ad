// Package cli contains what all commands share: the form of their help, plain messages for errors
// and mistakes in the command line, and values of flags.
package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/textutil"
)

// A Mistake is an error in the command line.
type Mistake struct {
	Err     error
	Command string // its --help has more; "" for the command that was run
}

func (m *Mistake) Error() string { return m.Err.Error() }

// Unwrap returns the cause.
func (m *Mistake) Unwrap() error { return m.Err }

// Mistake marks the type. Mistakes of other packages have the same method.
func (m *Mistake) Mistake() {}

// Wrong returns err as a mistake of the user.
func Wrong(err error) error { return &Mistake{Err: err} }

// Wrongf formats an error and returns it as a mistake of the user.
func Wrongf(format string, args ...any) error { return Wrong(fmt.Errorf(format, args...)) }

// OneOf returns the mistake for a flag whose value is not in the list.
func OneOf(flag, value string, list []string) error {
	most, last := list[:len(list)-1], list[len(list)-1]
	return Wrongf("%s %q: use %s or %s", flag, value, strings.Join(most, ", "), last)
}

// IsMistake reports whether err is a mistake of the user.
func IsMistake(err error) bool {
	var m interface{ Mistake() }
	return errors.As(err, &m)
}

// Complain prints the error of a command, one line for each error of a list. It escapes names and
// text from files, so that they cannot forge a line. A mistake may have several lines, and a line
// that names the help follows.
func Complain(w io.Writer, command string, err error) {
	for _, e := range several(err) {
		if _, ok := e.(interface{ Mistake() }); !ok {
			for _, line := range errorLines(e) {
				term.Notice(w, "%s", line)
			}
			continue
		}
		if m, ok := e.(*Mistake); ok {
			if e = m.Err; m.Command != "" {
				command = m.Command
			}
		}
		for _, line := range append(errorLines(e), "see "+command+" --help") {
			text := "portsniff: " + escapeTyped(line)
			if strings.Contains(line, "  ") { // carets mark a position: keep them there
				fmt.Fprintln(w, text)
				continue
			}
			term.Print(w, text)
		}
	}
}

// errorLines returns the intended lines of an error, with the hint of its cause. A line break
// inside one of them comes from user input.
func errorLines(err error) []string {
	lines := []string{plainText(err)}
	if e, ok := err.(interface{ Lines() []string }); ok {
		lines = e.Lines()
	}
	var cause interface{ Hint() string }
	if errors.As(err, &cause) && cause.Hint() != "" {
		lines = append(lines, cause.Hint())
	}
	return lines
}

// escapeTyped escapes what the user typed. It keeps backslashes, so that a filter's \tcp can be
// typed again and carets mark the right position.
func escapeTyped(line string) string {
	parts := strings.Split(line, `\`)
	for i, p := range parts {
		parts[i] = textutil.Escape(p)
	}
	return strings.Join(parts, `\`)
}

// several returns the errors that errors.Join joined. Other errors with several causes have one
// text, and count as one.
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

// hinted is an error with a hint on a separate line.
type hinted struct {
	error
	hint string
}

// Hinted adds a hint to an error, on a separate line.
func Hinted(err error, hint string) error { return &hinted{err, hint} }

func (h *hinted) Unwrap() error   { return h.error }
func (h *hinted) Lines() []string { return errorLines(h.error) }
func (h *hinted) Hint() string    { return h.hint }
