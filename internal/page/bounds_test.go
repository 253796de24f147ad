package page

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
)

// TestSampleIsBoundedByBytes checks that a page names its limit in bytes if that is the one
// reached.
func TestSampleIsBoundedByBytes(t *testing.T) {
	b := NewBuilder(Options{Limit: 1000}, flow.NewTable(flow.Options{}))
	b.sample.memory = 3 << 20
	for n := range int64(50) {
		b.frames++
		rank, wanted := b.sample.next(n%10 == 0)
		if wanted {
			b.sample.add(kept{number: n + 1, notable: n%10 == 0, rank: rank,
				json: make([]byte, 1<<18)})
		}
	}
	// 3 MiB are twelve packets of 256 KiB
	if n := b.sample.count(); n != 12 || b.sample.size != 12<<18 {
		t.Errorf("%d packets of %d bytes", n, b.sample.size)
	}
	const want = "12 of 50 packets are shown with their headers, because a page holds 3 MiB " +
		"of them: 5 of the 5 that begin a flow"
	if got := b.sampled(); !strings.HasPrefix(got, want) {
		t.Errorf("%q", got)
	}
}

// TestStoredSizeCountsHeaders checks that the size of a packet in many tunnels includes all of its
// transport headers.
func TestStoredSizeCountsHeaders(t *testing.T) {
	for _, n := range []int{0, 1, 2, 40, 256} {
		s := stored{data: make([]byte, 100), ports: make([]decode.TransportHeader, n),
			transport: make([]analysis.Transport, n)}
		size := 100 + reflect.TypeFor[stored]().Size() +
			uintptr(n)*(reflect.TypeFor[decode.TransportHeader]().Size()+
				reflect.TypeFor[analysis.Transport]().Size())
		if uintptr(s.size()) < size {
			t.Errorf("%d headers: counted as %d bytes; want at least %d", n, s.size(), size)
		}
	}
}

// TestTextsAreEscaped checks that a text is escaped in the table of shared texts, and also if the
// table is full.
func TestTextsAreEscaped(t *testing.T) {
	const hostile, shown = "\x1b[31m<b>\u202egnp.exe\x00", `\x1b[31m<b>\u202egnp.exe\x00`
	e := newTables()
	if x := e.text(hostile); x.index != 0 || e.Texts[0] != shown {
		t.Errorf("index %d of %q", x.index, e.Texts)
	}
	for n := len(e.Texts); n < maxTexts; n++ {
		e.text(fmt.Sprint(n))
	}
	got, err := json.Marshal(e.text(hostile + "!"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := json.Marshal(shown + "!")
	if err != nil || string(got) != string(want) || len(e.Texts) != maxTexts {
		t.Errorf("%s; want %s, %v, %d texts", got, want, err, len(e.Texts))
	}
}

// TestSeriesLastsAsLongAsTheCapture checks that packets of ports that are not followed extend the
// series. Without them the end of the capture would look idle.
func TestSeriesLastsAsLongAsTheCapture(t *testing.T) {
	s := newSeries()
	for n := range maxPorts + 1 {
		s.all(int64(n)*int64(time.Millisecond), 1)
		s.add(flow.PortKey{Proto: decode.ProtoUDP, Port: uint16(n)},
			int64(n)*int64(time.Millisecond), 1)
	}
	const late = int64(time.Minute)
	s.add(flow.PortKey{Proto: decode.ProtoTCP, Port: 443}, late, 1)
	j := s.json()
	if length := float64(len(j.Rows[0].Packets)) * j.Seconds; length < 60 || length > 61 {
		t.Errorf("%v seconds", length)
	}
	if want := uint64(2 + maxPorts - topPorts); j.Left != want {
		t.Errorf("%d in no row; want %d", j.Left, want)
	}
	sum := uint64(0)
	for _, n := range j.Packets {
		sum += n
	}
	if sum != maxPorts+1 || len(j.Packets) != len(j.Rows[0].Packets) {
		t.Errorf("%d packets in %d columns", sum, len(j.Packets))
	}
}
