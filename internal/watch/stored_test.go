package watch_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/outfile"
	"github.com/portsniff/portsniff/internal/store"
	"github.com/portsniff/portsniff/internal/testkit"
	"github.com/portsniff/portsniff/internal/top"
	"github.com/portsniff/portsniff/internal/watch"
	"github.com/portsniff/portsniff/linktype"
)

// began is the whole minute at which the test's traffic begins, in nanoseconds since 1970.
const began = int64(1_800_000_000) * int64(time.Second)

// udpAt returns an IPv4 packet of 128 bytes (RFC 791, RFC 768) at a time after began.
func udpAt(after time.Duration, src, dst uint16) capture.Record {
	b := make([]byte, 128)
	b[0], b[3], b[8], b[9] = 0x45, 128, 64, 17
	copy(b[12:], []byte{192, 0, 2, 10, 198, 51, 100, 7})
	binary.BigEndian.PutUint16(b[20:], src)
	binary.BigEndian.PutUint16(b[22:], dst)
	b[25] = 108
	return capture.Record{Data: b, Nanos: began + int64(after), Length: 128, Link: linktype.Raw}
}

// stored writes packets to a new store and returns its folder.
func stored(t *testing.T, list []capture.Record) string {
	t.Helper()
	d := &store.Folder{Path: t.TempDir(), Sensor: "here", Files: outfile.Local{Tree: true}}
	id, err := store.ID(d.Sensor, bytes.NewReader(nil))
	if err != nil {
		t.Fatal(err)
	}
	in := d.NewInput(id)
	flows, m := flow.NewTable(flow.Options{}), flow.NewMinutes()
	flows.OnEnd = in.Flow
	ports, b := flow.NewPortTable(flow.PortOptions{Minutes: m}), flows.NewBatch()
	for i := range list {
		list[i].Number = int64(i + 1)
		b.Clear()
		b.Add(&list[i], testkit.Quick(&list[i]))
		flows.Count(b)
		ports.Add(&list[i], testkit.Quick(&list[i]))
	}
	flows.Finish()
	in.Take(m)
	if err := in.Close(&store.Summary{Frames: int64(len(list)), Complete: true}); err != nil {
		t.Fatal(err)
	}
	return d.Path
}

// openStored returns a Stored that reads a store.
func openStored(t *testing.T, dir string) (*watch.Stored, error) {
	t.Helper()
	s, err := store.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return watch.NewStored(s, flow.Options{})
}

// playStored returns a running Stored for packets.
func playStored(t *testing.T, list []capture.Record) *watch.Stored {
	t.Helper()
	p, err := openStored(t, stored(t, list))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- p.Run() }()
	t.Cleanup(func() {
		p.Stop()
		if err := errors.Join(<-ended, p.End(true)); err != nil {
			t.Error(err)
		}
	})
	return p
}

// bytesOf returns the rows of a view with their bytes.
func bytesOf(p *watch.Stored, v top.View) (rows []string) {
	return cellsOf(p, v, top.Always, "bytes")
}

// cellsOf returns the rows of a view with their cells in a column.
func cellsOf(p *watch.Stored, v top.View, w top.Window, column string) (rows []string) {
	p.Between(func() {
		page := p.Counts().Rows(&top.Query{View: v, Window: w,
			Columns: []string{v.Columns()[0], column}})
		for i := range page.Order {
			cells := page.Row(i)
			rows = append(rows, fmt.Sprint(cells[0], " ", cells[len(cells)-1]))
		}
	})
	slices.Sort(rows)
	return rows
}

// After each move, forward and back, exactly the minutes before the new time are counted. The
// counts of a flow are spread over its duration.
func TestStoredMoves(t *testing.T) {
	list := []capture.Record{
		udpAt(10*time.Second, 40000, 53), udpAt(20*time.Second, 40000, 53),
		udpAt(90*time.Second, 40001, 123),
		udpAt(150*time.Second, 40002, 53),
	}
	for i := range 9 { // 300 s: a packet at 0, 37.5, 75 ... s
		list = append(list, udpAt(time.Duration(i)*37500*time.Millisecond, 40003, 443))
	}
	slices.SortFunc(list, func(x, y capture.Record) int { return int(x.Nanos - y.Nanos) })
	p := playStored(t, list)
	end := began + int64(300*time.Second)
	wait := func(now int64) {
		t.Helper()
		for range 3000 {
			if at := p.Position(); at.Now == now && !at.Reading {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Fatalf("%+v, want %d", p.Position(), now)
	}
	wait(end)
	if at := p.Position(); at.First != began || at.Last != end || at.Step != int64(time.Minute) {
		t.Errorf("%+v", at)
	}
	// Packets of 128 bytes. Those of the flow to port 443 are spread: 9 packets over 300 s.
	for _, x := range []struct {
		seconds int64
		ports   []string
		flow    string
		packets uint64
	}{
		{60, []string{"443/udp 256", "53/udp 256"}, "230", 4},
		{120, []string{"123/udp 128", "443/udp 512", "53/udp 256"}, "460", 7},
		{300, []string{"123/udp 128", "443/udp 1.2 k", "53/udp 384"}, "1.2 k", 13},
		{180, []string{"123/udp 128", "443/udp 640", "53/udp 384"}, "691", 9},
		{60, []string{"443/udp 256", "53/udp 256"}, "230", 4},
	} {
		now := began + x.seconds*int64(time.Second)
		p.MoveTo(now)
		wait(now)
		if got := bytesOf(p, top.Ports); !slices.Equal(got, x.ports) {
			t.Errorf("after %d s: %q, want %q", x.seconds, got, x.ports)
		}
		want := "192.0.2.10:40003 reg " + x.flow
		if got := bytesOf(p, top.Flows); !slices.Contains(got, want) {
			t.Errorf("after %d s: %q, want %q", x.seconds, got, want)
		}
		if packets, _ := p.Read(); packets != x.packets {
			t.Errorf("after %d s: %d packets, want %d", x.seconds, packets, x.packets)
		}
	}
}

// Rates fall when there are no packets: 128 bytes in ten minutes are 1.7 bit/s.
func TestStoredRates(t *testing.T) {
	p := playStored(t, []capture.Record{udpAt(0, 40000, 53), udpAt(time.Hour, 40001, 53)})
	for _, x := range []struct {
		minutes int64
		want    string
	}{{1, "53/udp 17"}, {10, "53/udp 2"}, {20, "53/udp 0"}, {9, "53/udp 2"}} {
		now := began + x.minutes*int64(time.Minute)
		p.MoveTo(now)
		var got []string
		for range 3000 {
			at := p.Position()
			if got = cellsOf(p, top.Ports, top.TenSeconds, "bit/s"); at.Now == now && !at.Reading {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if !slices.Equal(got, []string{x.want}) {
			t.Errorf("after %d minutes: %q, want %q", x.minutes, got, x.want)
		}
	}
}

// Years without a packet take no time, and packets without a time count in the first minute.
func TestStoredGaps(t *testing.T) {
	list := []capture.Record{udpAt(0, 40000, 53), udpAt(500_000*time.Hour/10, 40001, 123),
		udpAt(0, 40002, 443)}
	list[2].Nanos = capture.NoTime
	p, err := openStored(t, stored(t, list))
	if err != nil {
		t.Fatal(err)
	}
	p.CountAll()
	want := []string{"123/udp 128", "443/udp 128", "53/udp 128"}
	if got := bytesOf(p, top.Ports); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	list = []capture.Record{list[2]}
	if p, err = openStored(t, stored(t, list)); err != nil {
		t.Fatal(err)
	}
	p.CountAll()
	if got := bytesOf(p, top.Ports); !slices.Equal(got, want[1:2]) {
		t.Errorf("without a time %q, want %q", got, want[1:2])
	}
}

// A truncated file of any table is an error.
func TestStoredCut(t *testing.T) {
	for _, table := range store.Tables() {
		dir := stored(t, []capture.Record{udpAt(0, 40000, 53)})
		files, err := filepath.Glob(filepath.Join(dir, table, "*", "*.parquet"))
		if err != nil || len(files) != 1 {
			t.Fatal(files, err)
		}
		info, err := os.Stat(files[0])
		if err == nil {
			err = os.Truncate(files[0], info.Size()/2)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := openStored(t, dir); err == nil {
			t.Errorf("half of a file of %s is not an error", table)
		}
	}
}

// A store with more rows than fit in memory is an error that names them. Without the limits, the
// rows of a folder of many years would fill the memory.
func TestStoredTooMuch(t *testing.T) {
	d := &store.Folder{Path: t.TempDir(), Sensor: "here", Files: outfile.Local{Tree: true}}
	in := d.NewInput(strings.Repeat("a", 32))
	m := flow.NewMinutes()
	m.Full = func() { in.Take(m) }
	ports := flow.NewPortTable(flow.PortOptions{Minutes: m})
	const minutes, flows = 500_001, 250_001
	r := udpAt(0, 40000, 53)
	quick := testkit.Quick(&r)
	for range minutes {
		ports.Add(&r, quick)
		r.Nanos += int64(time.Minute)
	}
	in.Take(m)
	for i := range int64(flows) {
		in.Flow(&flow.Flow{Key: flow.Key{Proto: decode.ProtoUDP, B: flow.Endpoint{Port: 53}},
			Facts: flow.Facts{First: flow.A}, From: [3]flow.Count{flow.A: {Packets: 1}},
			FirstFrame: i, Start: began + i, End: began + i}, flow.EndIdle)
	}
	if err := in.Close(&store.Summary{Frames: minutes, Complete: true}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ remove, want string }{
		{"", "more than 500000 counts of all packets by minute"},
		{store.Minutes, "more than 500000 counts of ports by minute"},
		{store.Ports, "more than 250000 flows"},
	} {
		if c.remove != "" {
			if err := os.RemoveAll(filepath.Join(d.Path, c.remove)); err != nil {
				t.Fatal(err)
			}
		}
		_, err := openStored(t, d.Path)
		var much *watch.TooMuchError
		if want := c.want + ": choose a time with --between"; !errors.As(err, &much) ||
			err.Error() != want {
			t.Errorf("without %q: %v, want %q", c.remove, err, want)
		}
	}
}
