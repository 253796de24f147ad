package term

import (
	"fmt"
	"io"

	"github.com/portsniff/portsniff/internal/textutil"
)

// Notice writes one line about what the program does, for standard error. What names and errors put
// into it is escaped, so that nothing can make it two lines.
func Notice(w io.Writer, format string, args ...any) {
	fmt.Fprintf(w, "portsniff: %s\n", textutil.Escape(fmt.Sprintf(format, args...)))
}
