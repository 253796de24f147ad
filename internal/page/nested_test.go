package page_test

import (
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/page"
	"github.com/portsniff/portsniff/internal/testkit"
	"github.com/portsniff/portsniff/linktype"
)

// TestPageIsLinearInHeaders checks that the cost of a page is proportional to the number of
// headers, however they are nested.
func TestPageIsLinearInHeaders(t *testing.T) {
	testkit.Linear(t, func(frame []byte) func() int {
		raw := corpustest.Frame{Link: linktype.Ethernet, Data: frame, Wire: len(frame)}
		frames := make([]corpustest.Frame, 40)
		for i := range frames {
			frames[i] = raw
		}
		return func() int {
			var n counter
			if err := build(t, frames, page.Options{}).WriteJSON(&n); err != nil {
				t.Fatal(err)
			}
			return int(n)
		}
	})
}

// A counter counts the bytes written to it.
type counter int

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}
