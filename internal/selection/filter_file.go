package selection

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// maxFilterFile limits the size of a filter file in bytes, including comments.
const maxFilterFile = 1 << 20

// ReadFilter reads a filter from a file, or from stdin for "-". As in tcpdump, # begins a comment.
func ReadFilter(name string, stdin io.Reader) (string, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return "", err
		}
		defer f.Close() // read-only, so the error does not matter
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxFilterFile+1))
	if err != nil {
		return "", fmt.Errorf("filter: %w", err)
	}
	if len(text) > maxFilterFile {
		return "", fmt.Errorf("%s: the filter is longer than 1 MiB", name)
	}
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		b.WriteString(strings.TrimRight(line, "\r\n") + " ")
	}
	return strings.TrimSpace(b.String()), nil
}
