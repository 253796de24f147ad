package sockets

import (
	"errors"
	"testing"
)

// TestAlso checks that two errors are joined in one line, and that errors.Is finds both.
func TestAlso(t *testing.T) {
	a, b := errors.New("the helper ended"), errors.New("exit status 1")
	for _, c := range []struct {
		err, second error
		want        string
	}{{a, b, "the helper ended; exit status 1"}, {a, nil, "the helper ended"},
		{nil, b, "exit status 1"}} {
		got := also(c.err, c.second)
		if got.Error() != c.want || c.err != nil && !errors.Is(got, c.err) || c.second != nil &&
			!errors.Is(got, c.second) {
			t.Errorf("%v and %v: %q, want %q", c.err, c.second, got, c.want)
		}
	}
	if got := also(nil, nil); got != nil {
		t.Errorf("of none: %v", got)
	}
}
