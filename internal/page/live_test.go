package page_test

import (
	"bytes"
	"encoding/json"
	"net"
	"runtime"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/page"
	"github.com/portsniff/portsniff/internal/testkit"
	"github.com/portsniff/portsniff/linktype"
)

// A running is a capture in progress with a live page.
type running struct {
	t     *testing.T
	table *flow.Table
	live  *page.Live
	n     int64
	p     decode.Packet

	comments [][]byte // added to each packet
}

func run(t *testing.T) *running {
	table := flow.NewTable(flow.Options{})
	return &running{t: t, table: table, live: page.NewLive(page.NewBuilder(page.Options{}, table))}
}

// add captures a frame.
func (r *running) add(frame []byte) {
	r.t.Helper()
	r.n++
	r.p.Decode(linktype.Ethernet, frame, len(frame))
	fr := analysis.Frame{Packet: &r.p, Number: r.n, Len: len(frame), Comments: r.comments}
	fr.Annotate(r.table.Add(&r.p, uint32(len(frame)), flow.NoTime, r.n))
	if err := r.live.Add(&fr, ""); err != nil {
		r.t.Fatal(err)
	}
}

func (r *running) refresh() {
	r.t.Helper()
	if err := r.live.Refresh(0, 0); err != nil {
		r.t.Fatal(err)
	}
}

// A follower is a browser: the data that it has received, and the last counts.
type follower struct {
	page.Position
	got, last, lost, frames int64
	texts, shapes           int
}

// newest is an update as a follower receives it.
type newest struct {
	Frames  int64
	Packets []struct {
		N       int64
		Headers []struct {
			S int
			F []json.RawMessage
		}
	}
	At     struct{ Texts, Shapes int }
	Texts  []string
	Shapes []json.RawMessage
	Lost   struct{ Page int64 }
}

// take processes one update. An update must be self-contained: it begins where the last one ended,
// and its packets refer only to data that was sent.
func (f *follower) take(t *testing.T, pieces net.Buffers) {
	t.Helper()
	var u newest
	if err := json.Unmarshal(bytes.Join(pieces, nil), &u); err != nil {
		t.Fatalf("%v: %.300s", err, bytes.Join(pieces, nil))
	}
	if u.At.Texts != f.texts || u.At.Shapes != f.shapes {
		t.Errorf("texts from %d and shapes from %d on, there were %d and %d",
			u.At.Texts, u.At.Shapes, f.texts, f.shapes)
	}
	f.texts, f.shapes = f.texts+len(u.Texts), f.shapes+len(u.Shapes)
	for _, p := range u.Packets {
		if p.N <= f.last {
			t.Errorf("packet %d after %d", p.N, f.last)
		}
		f.last = p.N
		for _, h := range p.Headers {
			if h.S >= f.shapes {
				t.Errorf("packet %d has shape %d of %d", p.N, h.S, f.shapes)
			}
			for _, v := range h.F {
				var pair [2]any
				if v[0] != '[' || json.Unmarshal(v, &pair) != nil {
					continue
				}
				if i, ok := pair[1].(float64); ok && int(i) >= f.texts {
					t.Errorf("packet %d has text %v of %d", p.N, i, f.texts)
				}
			}
		}
	}
	f.got, f.lost, f.frames = f.got+int64(len(u.Packets)), u.Lost.Page, u.Frames
	if f.lost != f.frames-f.got {
		t.Errorf("%d packets, %d arrived, %d reported lost", f.frames, f.got, f.lost)
	}
}

// all takes updates until there are no more.
func (f *follower) all(t *testing.T, l *page.Live) (updates, largest int) {
	t.Helper()
	for more := true; more; updates++ {
		pieces, rest, err := l.Update(&f.Position)
		if err != nil || updates > 1000 {
			t.Fatalf("%d updates, %v", updates, err)
		}
		f.take(t, pieces)
		largest, more = max(largest, len(bytes.Join(pieces, nil))), rest
	}
	return updates, largest
}

// TestStalledBrowsersKeepLittle checks the memory that browsers which stop reading retain: a small
// update each, and one copy of the data that all share.
func TestStalledBrowsersKeepLittle(t *testing.T) {
	const (
		browsers = 16
		times    = 3  // rounds of packets between two browsers
		each     = 80 // packets, of 50 kB of JSON
		limit    = 96 << 20
	)
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	r, before := run(t), heap()
	for range 20 {
		r.comments = append(r.comments, bytes.Repeat([]byte("long "), 500))
	}
	held := make([]net.Buffers, browsers)
	for i := range held { // each stops at another position
		for range times {
			for n := range each {
				r.add(udp(n, 53))
			}
			r.refresh()
		}
		var f follower
		var err error
		if held[i], _, err = r.live.Update(&f.Position); err != nil {
			t.Fatal(err)
		}
	}
	grown := heap() - before
	if grown > limit {
		t.Errorf("%d browsers that do not read keep %d MiB after %d packets",
			browsers, grown>>20, r.n)
	}
	for _, pieces := range held { // the retained updates are unchanged
		new(follower).take(t, pieces)
	}
	runtime.KeepAlive(r)
}

// TestLateBrowserGetsAllKeptPackets checks that a browser that connects late gets all kept data in
// updates of bounded size: first the shared tables, then packets. Earlier packets are counted.
func TestLateBrowserGetsAllKeptPackets(t *testing.T) {
	r := run(t)
	const all = 24_000 // later fragments: each one adds a text of its own
	var early follower
	for n := range all {
		frame := udp(n+1, 53)
		frame[21] = 1 // the fragment offset, in units of 8 bytes
		r.add(frame)
		if n%1000 == 999 {
			r.refresh()
			early.all(t, r.live)
		}
	}
	if early.got != all || early.lost != 0 {
		t.Errorf("the first browser got %d of %d", early.got, all)
	}
	var late follower
	updates, largest := late.all(t, r.live)
	if late.got != 5000 || late.last != all || late.texts != early.texts || late.texts < all {
		t.Errorf("%d packets up to %d, %d texts of %d",
			late.got, late.last, late.texts, early.texts)
	}
	if largest > 5<<20 || updates < 2 { // 2 MiB of texts, 2 MiB of packets, and a block of each
		t.Errorf("%d updates, the largest has %d bytes", updates, largest)
	}
}

// TestTablesComeOnce checks that tables are sent once after each refresh, and not before the first.
func TestTablesComeOnce(t *testing.T) {
	r := run(t)
	var f follower
	for n, want := range []bool{false, false, true, false, true, false} {
		if n == 2 || n == 4 {
			r.add(udp(n, 53))
			r.refresh()
		}
		pieces, more, err := r.live.Update(&f.Position)
		if err != nil || more {
			t.Fatal(more, err)
		}
		if got := bytes.Contains(bytes.Join(pieces, nil), []byte(`"ports":[`)); got != want {
			t.Errorf("update %d has tables: %v", n, got)
		}
		f.take(t, pieces)
	}
}

// TestFatPacketsAreBoundedByBytes checks that the packets between two refreshes are limited by
// their bytes too. Packets that are not sent are counted, and the next refresh resets the limit.
func TestFatPacketsAreBoundedByBytes(t *testing.T) {
	r := run(t)
	var f follower
	sizes := map[string]int64{}
	for _, part := range []string{"fat", "thin"} {
		before := f.got
		for n := range 1000 {
			if part == "fat" {
				r.add(testkit.FatFrame(uint16(n), 53))
			} else {
				r.add(udp(n, 53))
			}
		}
		r.refresh()
		f.all(t, r.live)
		sizes[part] = f.got - before
	}
	if sizes["fat"] < 100 || sizes["fat"] > 500 || sizes["thin"] != 1000 || f.frames != 2000 {
		t.Errorf("%v of 1000 each came, %d counted", sizes, f.frames)
	}
}
