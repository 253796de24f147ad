package textutil_test

import (
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/textutil"
)

func TestDistance(t *testing.T) {
	long := strings.Repeat("a", textutil.MaxWord)
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"htps", "https", 1},
		{"domian", "domain", 1}, {"ab", "ba", 1}, {"ca", "abc", 3}, {"sssh", "ssh", 1},
		{"smtp", "snmp", 2}, {long, strings.Repeat("b", textutil.MaxWord), textutil.MaxWord},
		{long + "a", long + "a", textutil.MaxWord + 1}, {long + "a", "", textutil.MaxWord + 1},
	} {
		if got := textutil.Distance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
		if got := textutil.Distance(c.b, c.a); got != c.want {
			t.Errorf("%q to %q: %d, want %d", c.b, c.a, got, c.want)
		}
	}
}
