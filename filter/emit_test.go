package filter_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/linktype"
)

// TestFarJumps checks chains of comparisons with ends near the limit of a conditional jump, a few
// instructions nearer and farther. It checks either exit and both. A wrong distance would lead to
// another comparison.
func TestFarJumps(t *testing.T) {
	const long = 520
	chain := func(n int, join, one string) string {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprintf(one, i)
		}
		return "(" + strings.Join(list, join) + ")"
	}
	for n := 240; n < 270; n++ {
		isBelow, isAbove := chain(n, " or ", "len = %d"), chain(n, " and ", "len > %d")
		for expr, want := range map[string]func(int) bool{
			isBelow:          func(w int) bool { return w < n },
			"not " + isBelow: func(w int) bool { return w >= n },
			isAbove:          func(w int) bool { return w >= n },
			// The first comparison and those after it lead to both ends.
			fmt.Sprintf("len > 400 or (len & 1 = 0 and %s)",
				isBelow): func(w int) bool { return w > 400 || w%2 == 0 && w < n },
			fmt.Sprintf("len > 400 and (len & 1 = 0 or %s)",
				isAbove): func(w int) bool { return w > 400 },
			fmt.Sprintf("not (len & 1 = 0 and %s) and (len < 100 or len > 400)",
				isBelow): func(w int) bool { return (w%2 != 0 || w >= n) && (w < 100 || w > 400) },
			fmt.Sprintf("(len & 2 = 0 or len & 1 = 0) and %s or len > 400",
				isBelow): func(w int) bool {
				return w%4 != 3 && w < n || w > 400
			},
		} {
			p, err := filter.Compile(expr, filter.Options{Link: linktype.Ethernet})
			if err != nil {
				t.Fatalf("%.60s…: %v", expr, err)
			}
			for w := range long {
				if got := p.Match(nil, w); got != want(w) {
					t.Errorf("%d comparisons: %.60s…: a frame of %d bytes: %v", n, expr, w, got)
					break
				}
			}
		}
	}
}
