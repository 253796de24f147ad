package render

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/testkit"
	"github.com/portsniff/portsniff/internal/textutil"
	"github.com/portsniff/portsniff/linktype"
)

func TestSpark(t *testing.T) {
	for _, c := range []struct {
		list []uint64
		most uint64
		want string
	}{{[]uint64{0, 1, 2, 4, 8, 0}, 8, " :-+@"}, {[]uint64{1000, 1}, 1000, "@."},
		{[]uint64{0, 0}, 8, ""}, {[]uint64{5}, 5, "@"}, {[]uint64{5}, 1000, "."}} {
		if got := spark(c.list, c.most, false); got != c.want {
			t.Errorf("%v: %q, want %q", c.list, got, c.want)
		}
	}
}

func addRecord(t *flow.PortTable, r capture.Record) { t.Add(&r, testkit.Quick(&r)) }

// TestTimeline checks that all rows share one scale, that the legend states it, and that times of
// day are above the columns. One port has 8 packets a second for 40 seconds, another has one packet
// in the 20th second.
func TestTimeline(t *testing.T) {
	t.Setenv("TZ", "UTC")
	buckets := flow.NewBuckets(1e9, 1<<20)
	table := flow.NewPortTable(flow.PortOptions{By: flow.DestinationPort, Buckets: buckets})
	begin := time.Date(2026, 1, 2, 10, 0, 0, 0, time.Local).UnixNano()
	for i := range int64(8 * 40) {
		raw := tcpPacket("192.0.2.10", "198.51.100.7", 50000, 80, 0)
		addRecord(table, capture.Record{Link: linktype.Raw, Data: raw, Length: 40,
			Nanos: begin + i*1e9/8})
	}
	addRecord(table, capture.Record{Link: linktype.Raw, Length: 40, Nanos: begin + 20e9,
		Data: tcpPacket("192.0.2.10", "198.51.100.7", 50000, 22, 0)})
	v := &PortView{Ports: table.Ports(), Totals: table.Totals, Buckets: buckets}
	var b bytes.Buffer
	if err := v.Write(&b, FormatText, Style{Width: 120, Blocks: true}); err != nil {
		t.Fatal(err)
	}
	at := func(text string, line int) int {
		lines := strings.Split(b.String(), "\n")
		return len([]rune(strings.SplitN(lines[line]+text, text, 2)[0]))
	}
	bar := at("|10:00:00", 0)
	if at("|10:00:15", 0) != bar+15 || at("|10:00:30", 0) != bar+30 {
		t.Errorf("ticks:\n%s", b.String())
	}
	if at(strings.Repeat("█", 40), 1) != bar || at("▂", 2) != bar+20 {
		t.Errorf("marks:\n%s", b.String())
	}
	const legend = "packets over time: █ is up to 8 packets, a column is 1s, " +
		"from 2026-01-02 10:00:00 on"
	if !strings.Contains(b.String(), legend) ||
		!strings.Contains(b.String(), "in 39.9 s, 8.1 packets/s, 2.6 kbit/s") { // 321 in 39.875 s
		t.Errorf("legend and rates:\n%s", b.String())
	}
}

// TestTablesFitAnyWidth checks that no line of the tables per port is wider than the style, from 40
// columns on, and that ports are not cut.
func TestTablesFitAnyWidth(t *testing.T) {
	buckets := flow.NewBuckets(1e9, 1<<20)
	table := flow.NewPortTable(flow.PortOptions{By: flow.DestinationPort, Buckets: buckets})
	for i := range int64(4000) {
		raw := tcpPacket("192.0.2.10", "198.51.100.7", 50000, uint16(50000+i%4), 0)
		addRecord(table, capture.Record{Link: linktype.Raw, Data: raw, Length: 1500,
			Nanos: i * 1e8})
	}
	for _, width := range []int{40, 60, 80, 120, 200} {
		for _, v := range []*PortView{{Ports: table.Ports(), Totals: table.Totals},
			{Ports: table.Ports(), Totals: table.Totals, Flows: true},
			{Ports: table.Ports(), Totals: table.Totals, Buckets: buckets}} {
			var b bytes.Buffer
			if err := v.Write(&b, FormatText, Style{Width: width, Group: true}); err != nil {
				t.Fatal(err)
			}
			text := b.String()
			if strings.Count(text, "/tcp") != 4 || !strings.Contains(text, "50000/tcp") {
				t.Errorf("width %d:\n%s", width, b.String())
			}
			for line := range strings.Lines(b.String()) {
				if n := textutil.Columns(strings.TrimSuffix(line, "\n")); n > width {
					t.Errorf("width %d: %d columns:\n%s", width, n, b.String())
				}
			}
		}
	}
}

// TestSparksOfOddTimes checks times before 1970 and times that are centuries apart. They make an
// ordinary timeline, and packets that fit no bucket are reported.
func TestSparksOfOddTimes(t *testing.T) {
	buckets := flow.NewBuckets(1, 96*4)
	table := flow.NewPortTable(flow.PortOptions{By: flow.DestinationPort, Buckets: buckets})
	raw := tcpPacket("192.0.2.10", "198.51.100.7", 50000, 80, 0)
	for _, nanos := range []int64{math.MaxInt64, math.MinInt64 + 1, -1, 0, 1, flow.NoTime} {
		addRecord(table, capture.Record{Link: linktype.Raw, Data: raw, Length: 40, Nanos: nanos,
			Number: 1})
	}
	v := &PortView{Ports: table.Ports(), Totals: table.Totals, Buckets: buckets}
	for _, width := range []int{0, 20, 80} {
		var b bytes.Buffer
		if err := v.Write(&b, FormatText, Style{Width: width}); err != nil {
			t.Fatal(err)
		}
		text := strings.Join(strings.Fields(b.String()), " ")
		const left = "in no bucket (no time, or memory full): 2 packets"
		if !strings.Contains(text, left) ||
			!strings.Contains(text, "6 packets, 240 bytes on the wire") {
			t.Errorf("%s", b.String())
		}
	}
}
