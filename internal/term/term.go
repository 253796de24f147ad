// Package term writes to terminals: it measures them, shows progress and redraws tables in place.
package term

import (
	"cmp"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/colorprofile"
	"golang.org/x/term"
)

// Is reports whether a reader or writer is a terminal.
func Is(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Size returns the width and height of a terminal in columns and rows. Both are 0 if w is not a
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

// HasBlocks reports whether w is a terminal with a UTF-8 locale, so that it shows block elements.
func HasBlocks(w io.Writer) bool {
	locale := cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_CTYPE"), os.Getenv("LANG"))
	locale = strings.ToLower(locale)
	return Is(w) && (strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8"))
}

// HasColor reports whether w is a terminal that shows the sixteen ANSI colors and the environment
// does not disable them (NO_COLOR).
func HasColor(w io.Writer) bool {
	return Is(w) && os.Getenv("NO_COLOR") == "" &&
		colorprofile.Env(os.Environ()) >= colorprofile.ANSI
}
