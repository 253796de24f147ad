package render

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/linktype"
)

func TestSpark(t *testing.T) {
	for _, c := range []struct {
		list []uint64
		want string
	}{{[]uint64{0, 1, 2, 4, 8, 0}, " :-+@"}, {[]uint64{1000, 1}, "@."}, {[]uint64{0, 0}, ""},
		{[]uint64{5}, "@"}} {
		if got := spark(c.list, false); got != c.want {
			t.Errorf("%v: %q, want %q", c.list, got, c.want)
		}
	}
}

// Times that are centuries apart, and before 1970, make a line like any others; packets that fit no
// bucket are reported.
func TestSparksOfOddTimes(t *testing.T) {
	buckets := flow.NewBuckets(1, 96*4)
	table := flow.NewPortTable(flow.PortOptions{By: flow.DestinationPort, Buckets: buckets})
	raw := tcpPacket("192.0.2.10", "198.51.100.7", 50000, 80, 0)
	for _, nanos := range []int64{math.MaxInt64, math.MinInt64 + 1, -1, 0, 1, flow.NoTime} {
		table.Add(&capture.Record{Link: linktype.Raw, Data: raw, Length: 40, Nanos: nanos, Number: 1})
	}
	v := &PortView{Ports: table.Ports(), Totals: table.Totals, Buckets: buckets}
	for _, width := range []int{0, 20, 80} {
		var b bytes.Buffer
		if err := v.Write(&b, FormatText, Style{Width: width}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(),
			"in no bucket, without a time or for want of memory: 2 packets") ||
			!strings.Contains(b.String(), "6 packets, 240 bytes on the wire") {
			t.Errorf("%s", b.String())
		}
	}
}
