package main

import (
	"errors"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
)

func TestParseFrames(t *testing.T) {
	for text, want := range map[string][]int64{"3": {3}, "3,7-9": {3, 7, 8, 9}, "1-1": {1}, "9,1": {1, 9}, " 2 , 4 ": {2, 4}} {
		set, err := parseFrames(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		var got []int64
		for n := range int64(12) {
			if set.has(n) {
				got = append(got, n)
			}
		}
		if len(got) != len(want) || set.last() != want[len(want)-1] {
			t.Errorf("%q: %v up to %d, want %v", text, got, set.last(), want)
			continue
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%q: %v, want %v", text, got, want)
			}
		}
	}
	for _, text := range []string{"0", "-1", "3-1", "x", "1,", ",", "1-", "1--2", "99999999999999999999"} {
		if set, err := parseFrames(text); err == nil {
			t.Errorf("%q gave %v", text, set)
		}
	}
	if set, err := parseFrames(""); set != nil || err != nil {
		t.Errorf("nothing asked for gave %v, %v", set, err)
	}
}

// portsAlone makes a frame: four bytes of TCP, which are two ports.
func portsAlone() *analysis.Frame {
	p := new(decode.Packet)
	p.DecodeAs(decode.IDTCP, []byte{0xc9, 0x3a, 0x01, 0xbb}, 4)
	f := &analysis.Frame{Packet: p, Len: 4}
	f.AnnotateAlone()
	return f
}

// TestSearchEnds holds where a search stops to read: at once in a stream, which may go on for ever, and within bounds in a file, where it
// looks on for the answer.
func TestSearchEnds(t *testing.T) {
	last := func(l *search, onwards bool) int64 {
		f := portsAlone()
		for f.Number = 1; f.Number <= readOn+100; f.Number++ {
			if err := l.frame(f, true, onwards); errors.Is(err, errEnough) {
				return f.Number
			}
		}
		return 0
	}
	for _, c := range []struct {
		name    string
		wanted  frameSet
		onwards bool
		want    int64
		found   int
	}{
		{"a stream, the first with ports", nil, false, 1, 1},
		{"a stream, two frames", frameSet{{2, 2}, {5, 5}}, false, 5, 2},
		{"a file", frameSet{{2, 2}}, true, 2 + readOn + 1, 1},
		{"too many", frameSet{{1, maxExplained + 50}}, true, maxExplained + 1, maxExplained},
	} {
		l := &search{wanted: c.wanted}
		if n := last(l, c.onwards); n != c.want || len(l.found) != c.found || l.tooBig != (c.name == "too many") {
			t.Errorf("%s: ended at frame %d with %d found, too big %v", c.name, n, len(l.found), l.tooBig)
		}
	}
}
