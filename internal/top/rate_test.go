package top_test

import (
	"math"
	"testing"
	"time"

	"github.com/portsniff/portsniff/internal/top"
)

const second = int64(time.Second)

// A packet of 1000 bytes each second for ten minutes is 8 kbit/s over every window.
func TestRateOfSteadyTraffic(t *testing.T) {
	var c top.Counter
	start := 1_700_000_000 * second
	for i := range int64(600) {
		c.Count(int(i%2), 1000, start+i*second)
	}
	now := start + 600*second - 1
	for _, w := range []top.Window{top.TenSeconds, top.Minute, top.FiveMinutes, top.Always} {
		bits, packets := c.Rate(w, start, now)
		if sum := bits[0] + bits[1]; math.Abs(sum-8000) > 250 || math.Abs(packets-1) > 0.04 {
			t.Errorf("%v: %v bit/s, %v packets/s", w, sum, packets)
		}
		if math.Abs(bits[0]-bits[1]) > 800 {
			t.Errorf("%v: the directions have %v", w, bits)
		}
	}
}

// A burst no longer counts in a window after the length of the window has passed.
func TestRateFalls(t *testing.T) {
	var c top.Counter
	start := 100 * second
	c.Count(0, 1250, start)
	for _, x := range []struct {
		window top.Window
		after  int64 // seconds
		want   float64
	}{
		{top.TenSeconds, 0, 10_000}, {top.TenSeconds, 9, 10_000 / 9.0}, {top.TenSeconds, 10, 0},
		{top.Minute, 10, 1000}, {top.Minute, 59, 10_000 / 59.0}, {top.Minute, 60, 0},
		{top.FiveMinutes, 250, 40}, {top.FiveMinutes, 331, 0},
		{top.Always, 1000, 10},
	} {
		bits, _ := c.Rate(x.window, start, start+x.after*second)
		if math.Abs(bits[0]-x.want) > 0.01 || bits[1] != 0 {
			t.Errorf("%v after %d s: %v, want %v", x.window, x.after, bits, x.want)
		}
	}
}

// Packets out of order count in their own second. Packets from before all windows count only in the
// total.
func TestRateOutOfOrder(t *testing.T) {
	var c top.Counter
	start, now := 1000*second, 1100*second
	c.Count(0, 100, now)
	c.Count(0, 100, now-5*second)
	c.Count(0, 100, start)
	if _, packets := c.Rate(top.TenSeconds, start, now); packets != 2/9.0 {
		t.Errorf("%v packets/s", packets)
	}
	if _, packets := c.Rate(top.Always, start, now); packets != 3/100.0 {
		t.Errorf("%v packets/s in all", packets)
	}
	spark := c.Spark(60, now)
	if spark[59] != 100 || spark[54] != 100 || spark[58] != 0 {
		t.Errorf("%v", spark)
	}
}

// Times before 1970 and a clock that jumps by years cause no failure.
func TestRateOddTimes(t *testing.T) {
	var c top.Counter
	for _, nanos := range []int64{-5 * second, -1, 0, math.MaxInt64, math.MinInt64 + 1} {
		c.Count(1, 10, nanos)
		c.Rate(top.Minute, -5*second, nanos)
	}
}

func TestScaled(t *testing.T) {
	for _, x := range []struct {
		n    float64
		want string
	}{{0, "0"}, {0.4, "<1"}, {1, "1"}, {999, "999"}, {999.6, "1.0 k"}, {1000, "1.0 k"},
		{99_940, "99.9 k"}, {99_960, "100 k"}, {72_100_000, "72.1 M"}, {999_600_000, "1.0 G"},
		{5e15, ">999 T"}} {
		if got := top.Scaled(x.n); got != x.want {
			t.Errorf("%v is %q, want %q", x.n, got, x.want)
		}
	}
}
