package explain_test

import (
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/explain"
)

func TestParseFrames(t *testing.T) {
	for text, want := range map[string][]int64{"3": {3}, "3,7-9": {3, 7, 8, 9}, "1-1": {1},
		"9,1": {1, 9}, " 2 , 4 ": {2, 4}} {
		set := mustParse(t, text)
		var got []int64
		for n := range int64(12) {
			if set.Has(n) {
				got = append(got, n)
			}
		}
		if !slices.Equal(got, want) || set.Last() != want[len(want)-1] {
			t.Errorf("%q: %v up to %d, want %v", text, got, set.Last(), want)
		}
	}
	for _, text := range []string{"0", "-1", "3-1", "x", "1,", ",", "1-", "1--2",
		"99999999999999999999"} {
		if set, err := explain.ParseFrames(text); err == nil {
			t.Errorf("%q gave %v", text, set)
		}
	}
	if set := mustParse(t, ""); set != nil {
		t.Errorf("an empty search returned %v", set)
	}
}

func mustParse(t *testing.T, text string) explain.Frames {
	t.Helper()
	set, err := explain.ParseFrames(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return set
}

// portsOf returns a frame with the first bytes of a TCP header, which are the ports, and more
// bytes.
func portsOf(data []byte, more int) *analysis.Frame {
	p := new(decode.Packet)
	p.DecodeAs(decode.IDTCP, data, len(data))
	f := &analysis.Frame{Packet: p, Len: len(data)}
	f.AnnotateAlone()
	f.Packet.Data = append(f.Packet.Data, make([]byte, more)...)
	return f
}

func request(more int) *analysis.Frame { return portsOf([]byte{0xc9, 0x3a, 0x01, 0xbb}, more) }
func answer() *analysis.Frame          { return portsOf([]byte{0x01, 0xbb, 0xc9, 0x3a}, 0) }

// Bounds of a search: see the limits in ARCHITECTURE.md.
const (
	readOn     = 100_000
	maxHeld    = 24 << 20
	largeFrame = 1 << 20
	overhead   = 4 << 10
)

// TestSearchEnds checks that a search stops reading at once in a stream, which may never end. In a
// file it reads on for the reply, within bounds.
func TestSearchEnds(t *testing.T) {
	const limit = 1000
	for _, c := range []struct {
		name, wanted string
		stream       bool
		want         int64
		found        int
	}{
		{"a stream, the first with ports", "", true, 1, 1},
		{"a stream, two frames", "2,5", true, 5, 2},
		{"a file", "2", false, 2 + readOn + 1, 1},
		{"too many", "1-1050", false, limit + 1, limit},
	} {
		s := &explain.Search{Wanted: mustParse(t, c.wanted), Most: limit, Stream: c.stream,
			Draw: func(*explain.Subject) error { return nil }}
		f, last := request(0), int64(0)
		for f.Number = 1; last == 0 && f.Number <= readOn+100; f.Number++ {
			done, err := s.Frame(f, true)
			if err != nil {
				t.Fatal(err)
			}
			if done {
				last = f.Number
			}
		}
		if last != c.want || s.Found != c.found || s.TooBig != (c.name == "too many") {
			t.Errorf("%s: ended at frame %d with %d found, too big %v", c.name, last, s.Found,
				s.TooBig)
		}
	}
}

// TestSearchDraws checks that frames are drawn in their order. A frame is drawn when the replies to
// it and to earlier frames are known, or sooner if too many bytes are held.
func TestSearchDraws(t *testing.T) {
	var drawn []int64
	s := &explain.Search{Wanted: mustParse(t, "1-100"), Most: 1000,
		Draw: func(x *explain.Subject) error {
			drawn = append(drawn, x.Number)
			return nil
		}}
	see := func(f *analysis.Frame, number int64, want ...int64) {
		t.Helper()
		f.Number = number
		drawn = nil
		if _, err := s.Frame(f, true); err != nil || !slices.Equal(drawn, want) {
			t.Errorf("frame %d: %v are drawn, %v; want %v", number, drawn, err, want)
		}
	}
	see(request(0), 1)
	see(request(0), 2)
	see(answer(), 3, 1, 2) // the reply waits for a reply itself
	see(request(largeFrame), 4, 3, 4)
	whole := maxHeld / (largeFrame + overhead)
	for n := range int64(whole) {
		see(request(largeFrame-4), 5+n)
	}
	see(request(largeFrame-4), 50, 5)
	drawn = nil
	if err := s.End(false); err != nil || len(drawn) != whole {
		t.Errorf("%v are drawn in the end, %v", drawn, err)
	}
}

// TestSearchDrawsTheFirstFrame checks a search without numbers. It draws the first frame that
// passes only if no frame has ports. A frame that ends a search early has no facts from later
// frames.
func TestSearchDrawsTheFirstFrame(t *testing.T) {
	for _, ports := range []bool{false, true} {
		var drawn []int64
		s := &explain.Search{Most: 1, Stream: true, Draw: func(x *explain.Subject) error {
			drawn = append(drawn, x.Number)
			if x.Whole == ports {
				t.Errorf("ports %v: whole is %v", ports, x.Whole)
			}
			return nil
		}}
		for n := int64(1); n <= 5; n++ {
			f := portsOf([]byte{1}, 0) // no ports: they are truncated
			if ports && n == 4 {
				f = request(0)
			}
			f.Number = n
			if done, err := s.Frame(f, n > 1); done != (ports && n == 4) || err != nil {
				t.Fatal(n, done, err)
			}
			if ports && n == 4 {
				break
			}
		}
		want := []int64{2}
		if ports {
			want = []int64{4}
		}
		if err := s.End(true); err != nil || !slices.Equal(drawn, want) {
			t.Errorf("%v are drawn, %v; want %v", drawn, err, want)
		}
	}
}

// TestSearchEndsWhereNothingIsDrawn checks that a search that cannot draw more stops reading.
func TestSearchEndsWhereNothingIsDrawn(t *testing.T) {
	for _, e := range []error{explain.ErrFull, io.ErrClosedPipe} {
		s := &explain.Search{Wanted: mustParse(t, "1-9"), Most: 1000,
			Draw: func(*explain.Subject) error { return e }}
		first, second := request(0), answer()
		first.Number, second.Number = 1, 2
		if _, err := s.Frame(first, true); err != nil {
			t.Fatal(err)
		}
		done, err := s.Frame(second, true)
		if full := e == explain.ErrFull; done != full || s.Full != full ||
			errors.Is(err, e) == full {
			t.Errorf("%v: done %v, full %v, %v", e, done, s.Full, err)
		}
	}
}
