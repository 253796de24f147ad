package textutil_test

import (
	"testing"

	"github.com/portsniff/portsniff/internal/textutil"
)

// TestWrap breaks lines at blanks only.
func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text    string
		columns int
		want    string
	}{
		{"one two three", 0, "one two three"},
		{"one two three", 13, "one two three"},
		{"one two three", 12, "one two\n  three"},
		{"one two three", 7, "one two\n  three"},
		{"one two three", 6, "one\n  two\n  three"},
		{"2001:db8::1 is wide", 6, "2001:db8::1\n  is\n  wide"},
		{"to 2001:db8::1", 6, "to\n  2001:db8::1"},
		{"    wide words", 6, "    wide\n  words"},
		{"é é é", 3, "é é\n  é"},
		{"\x1b[1mone\x1b[0m two", 7, "\x1b[1mone\x1b[0m two"},
		{"", 5, ""},
	} {
		if got := textutil.Wrap(c.text, c.columns, "  "); got != c.want {
			t.Errorf("Wrap(%q, %d) = %q, want %q", c.text, c.columns, got, c.want)
		}
	}
}
