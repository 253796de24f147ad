package textutil_test

import (
	"testing"

	"github.com/portsniff/portsniff/internal/textutil"
)

func TestColumns(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "abc": 3, "größe": 5, "日本": 4, "\x1b[1;35m80\x1b[0m/http": 7, "a\x1b[31m": 1,
		"█…": 2,
	} {
		if got := textutil.Columns(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

func TestPlural(t *testing.T) {
	for n, want := range map[uint64]string{0: "0 packets", 1: "1 packet", 12345: "12345 packets"} {
		if got := textutil.Plural(n, "packet"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
