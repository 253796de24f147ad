package main

import (
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/explain"
	"github.com/portsniff/portsniff/internal/pipeline"
)

func TestParseFrames(t *testing.T) {
	for text, want := range map[string][]int64{"3": {3}, "3,7-9": {3, 7, 8, 9}, "1-1": {1},
		"9,1": {1, 9}, " 2 , 4 ": {2, 4}} {
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
	for _, text := range []string{"0", "-1", "3-1", "x", "1,", ",", "1-", "1--2",
		"99999999999999999999"} {
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

// TestSearchEnds holds where a search stops to read: at once in a stream, which may go on for ever,
// and within bounds in a file, where it looks on for the answer.
func TestSearchEnds(t *testing.T) {
	last := func(l *search, onwards bool) int64 {
		f := portsAlone()
		for f.Number = 1; f.Number <= readOn+100; f.Number++ {
			if err := l.frame(f, true, onwards); errors.Is(err, pipeline.ErrEnough) {
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
		l := &search{wanted: c.wanted, most: maxExplained,
			draw: func(*explain.Subject) error { return nil }}
		if n := last(l, c.onwards); n != c.want || l.found != c.found ||
			l.tooBig != (c.name == "too many") {
			t.Errorf("%s: ended at frame %d with %d found, too big %v", c.name, n, l.found,
				l.tooBig)
		}
	}
}

// answer is a frame that goes the other way.
func answer() *analysis.Frame {
	p := new(decode.Packet)
	p.DecodeAs(decode.IDTCP, []byte{0x01, 0xbb, 0xc9, 0x3a}, 4)
	f := &analysis.Frame{Packet: p, Len: 4}
	f.AnnotateAlone()
	return f
}

// TestSearchDraws holds when frames are drawn: in their order, as soon as the answers to them and
// to those before them are there, and before that if too much waits.
func TestSearchDraws(t *testing.T) {
	var drawn []int64
	l := &search{wanted: frameSet{{1, 100}}, most: maxExplained,
		draw: func(s *explain.Subject) error {
			drawn = append(drawn, s.Number)
			return nil
		}}
	see := func(f *analysis.Frame, number int64, want ...int64) {
		t.Helper()
		f.Number = number
		drawn = nil
		if err := l.frame(f, true, true); err != nil || !slices.Equal(drawn, want) {
			t.Errorf("frame %d: %v are drawn, %v; want %v", number, drawn, err, want)
		}
	}
	see(portsAlone(), 1)
	see(portsAlone(), 2)
	see(answer(), 3, 1, 2) // which waits for an answer itself
	large := portsAlone()
	large.Packet.Data = append(large.Packet.Data, make([]byte, largeFrame)...)
	see(large, 4, 3, 4)
	whole := maxHeld / (largeFrame + frameMemory)
	for n := range int64(whole) {
		f := portsAlone()
		f.Packet.Data = append(f.Packet.Data, make([]byte, largeFrame-4)...)
		see(f, 5+n)
	}
	f := portsAlone()
	f.Packet.Data = append(f.Packet.Data, make([]byte, largeFrame-4)...)
	see(f, 50, 5)
	drawn = nil
	if err := l.rest(pipeline.ErrInterrupted, false); !errors.Is(err, pipeline.ErrInterrupted) ||
		len(drawn) != whole {
		t.Errorf("%v are drawn in the end, %v", drawn, err)
	}
}

// A search that can draw no more reads no more.
func TestSearchEndsWhereNothingIsDrawn(t *testing.T) {
	for _, e := range []error{pipeline.ErrEnough, io.ErrClosedPipe} {
		l := &search{wanted: frameSet{{1, 9}}, most: maxExplained,
			draw: func(*explain.Subject) error { return e }}
		first, second := portsAlone(), answer()
		first.Number, second.Number = 1, 2
		if err := l.frame(first, true, true); err != nil {
			t.Fatal(err)
		}
		if err := l.frame(second, true, true); !errors.Is(err, e) || l.full != (e == pipeline.ErrEnough) {
			t.Errorf("%v, full: %v; want %v", err, l.full, e)
		}
	}
}
