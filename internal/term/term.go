// Package term writes to terminals: it measures them, shows progress and redraws tables in place.
package term

import (
	"io"
	"os"

	"github.com/charmbracelet/colorprofile"
	"golang.org/x/term"
)

// Is reports whether a reader or writer is a terminal.
func Is(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Size returns the width and height of a terminal in columns and rows. Both are 0 if w is no
// terminal or the size is unknown.
func Size(w io.Writer) (columns, rows int) {
	if !Is(w) {
		return 0, 0
	}
	columns, rows, err := term.GetSize(int(w.(*os.File).Fd()))
	if err != nil {
		return 0, 0
	}
	return columns, rows
}

// HasColor reports whether w is a terminal that shows the sixteen ANSI colors and the environment
// does not disable them (NO_COLOR).
func HasColor(w io.Writer) bool {
	return Is(w) && os.Getenv("NO_COLOR") == "" &&
		colorprofile.Env(os.Environ()) >= colorprofile.ANSI
}
