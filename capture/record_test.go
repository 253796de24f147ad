package capture_test

import (
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
)

// TestNanos checks that times outside 64 bits of nanoseconds become the nearest valid one, and
// never NoTime.
func TestNanos(t *testing.T) {
	const last = 9_223_372_035 // seconds that fit whole
	for _, c := range []struct{ sec, ns, want int64 }{
		{0, 0, 0}, {1, 5, 1_000_000_005}, {-1, 5, -999_999_995},
		{1 << 60, 0, 1<<63 - 1}, {-1 << 60, 0, -1<<63 + 1},
		{last, 999_999_999, last*1_000_000_000 + 999_999_999},
	} {
		if got := capture.Nanos(c.sec, c.ns); got != c.want {
			t.Errorf("%d s and %d ns: %d, want %d", c.sec, c.ns, got, c.want)
		}
	}
}

func TestPacketRecord(t *testing.T) {
	var p capture.Packet
	if got := p.Record().Nanos; got != capture.NoTime {
		t.Errorf("without a time: %d", got)
	}
	p.HasTime, p.Timestamp = true, time.Date(2026, 11, 24, 0, 0, 0, 7, time.UTC)
	if got := p.Record().Nanos; got != 1795478400000000007 {
		t.Errorf("%d", got)
	}
}
