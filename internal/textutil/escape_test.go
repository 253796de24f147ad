package textutil_test

import (
	"testing"

	"github.com/portsniff/portsniff/internal/textutil"
)

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"plain text":           "plain text",
		"\x1b[31mred":          `\x1b[31mred`,
		"a\nb\tc\rd":           `a\nb\tc\rd`,
		`back\slash`:           `back\\slash`,
		"\x00\x7f":             `\x00\x7f`,
		"\xff\xfe":             `\xff\xfe`,
		"grün":                 "grün",
		"\u202eevil":           `\u202eevil`, // reverses the order of the following text
		"\u200bhidden":         `\u200bhidden`,
		"\u009b31m":            `\u009b31m`, // ESC [ in one character
		"quote \" and 'quote'": `quote " and 'quote'`,
	} {
		if got := textutil.Escape(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}
