// Package cli is what the commands share whatever they do: the form of their help, mistakes in the
// command line and errors in plain words, values of flags.
package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/textutil"
)

// A Mistake is an error in what the user typed.
type Mistake struct {
	Err     error
	Command string // whose --help says more, "" for the one that was run
}

func (m *Mistake) Error() string { return m.Err.Error() }

// Unwrap returns the cause.
func (m *Mistake) Unwrap() error { return m.Err }

// Mistake marks errors in what the user typed, also those of other packages.
func (m *Mistake) Mistake() {}

// Wrong makes an error a mistake of the user.
func Wrong(err error) error { return &Mistake{Err: err} }

// Wrongf is Wrong of fmt.Errorf.
func Wrongf(format string, args ...any) error { return Wrong(fmt.Errorf(format, args...)) }

// OneOf is the mistake of a flag whose value is not on a list.
func OneOf(flag, value string, list []string) error {
	most, last := list[:len(list)-1], list[len(list)-1]
	return Wrongf("%s %q: use %s or %s", flag, value, strings.Join(most, ", "), last)
}

// IsMistake reports whether the user typed something wrong.
func IsMistake(err error) bool {
	var m interface{ Mistake() }
	return errors.As(err, &m)
}

// Complain writes an error of a command, a line for each of several. What names and files put into
// it is escaped, so that nothing can forge a line. A mistake may have several lines, and is
// followed by what explains the command.
func Complain(w io.Writer, command string, err error) {
	for _, e := range several(err) {
		if _, ok := e.(interface{ Mistake() }); !ok {
			term.Notice(w, "%s", plainText(e))
			continue
		}
		if m, ok := e.(*Mistake); ok {
			if e = m.Err; m.Command != "" {
				command = m.Command
			}
		}
		for _, line := range append(errorLines(e), "see "+command+" --help") {
			text := "portsniff: " + escapeTyped(line)
			if strings.Contains(line, "  ") { // carets below a filter stay where they are
				fmt.Fprintln(w, text)
				continue
			}
			term.Print(w, text)
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

// hinted is an error with a hint in a line of its own.
type hinted struct {
	error
	hint string
}

// Hinted adds a hint to an error, in a line of its own.
func Hinted(err error, hint string) error { return &hinted{err, hint} }

func (h *hinted) Unwrap() error   { return h.error }
func (h *hinted) Error() string   { return h.error.Error() + "\n" + h.hint }
func (h *hinted) Lines() []string { return append(errorLines(h.error), h.hint) }
