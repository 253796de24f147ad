package pcapfile_test

import (
	"testing"

	"github.com/portsniff/portsniff/capture/pcapfile"
)

// TestErrorNamesTheByte checks that an error contains its offset, unless it is about the whole
// file.
func TestErrorNamesTheByte(t *testing.T) {
	for _, c := range []struct {
		err  pcapfile.FormatError
		want string
	}{
		{pcapfile.FormatError{File: "f", Op: "file header", Detail: "it is empty"},
			"f: it is empty"},
		{pcapfile.FormatError{File: "f", Op: "block", Detail: "odd"},
			"f: block at byte 0: odd (0 packets read)"},
		{pcapfile.FormatError{File: "f", Op: "file header", Offset: 96, Detail: "odd"},
			"f: file header at byte 96: odd (0 packets read)"},
		{pcapfile.FormatError{File: "f", Op: "packet", Packet: 1, Offset: 96, Detail: "odd"},
			"f: packet 2 at byte 96: odd (1 packet read)"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
