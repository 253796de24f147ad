package term

import (
	"fmt"
	"io"

	"github.com/portsniff/portsniff/internal/textutil"
)

// Notice writes a line about what the program does, for standard error. Names and errors in it are
// escaped, so that they cannot add a line. A narrow terminal gets several lines.
func Notice(w io.Writer, format string, args ...any) {
	Print(w, "portsniff: "+textutil.Escape(fmt.Sprintf(format, args...)))
}

// Print writes a line of safe text. On a terminal it is broken between words.
func Print(w io.Writer, text string) {
	columns, _ := Size(w)
	fmt.Fprintln(w, textutil.Wrap(text, columns, "  "))
}
