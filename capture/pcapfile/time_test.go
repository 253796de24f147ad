package pcapfile

import (
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
)

// exactTime computes the draft's definition in whole nanoseconds, with arbitrary precision.
func exactTime(v uint64, tsresol byte, offset int64) *big.Int {
	base := int64(10)
	if tsresol&0x80 != 0 {
		base = 2
	}
	units := new(big.Int).Exp(big.NewInt(base), big.NewInt(int64(tsresol&0x7f)), nil)
	nanos := new(big.Int).Mul(new(big.Int).SetUint64(v), big.NewInt(1e9))
	nanos.Quo(nanos, units)
	return nanos.Add(nanos, new(big.Int).Mul(big.NewInt(offset), big.NewInt(1e9)))
}

func TestClockIsExact(t *testing.T) {
	values := []uint64{0, 1, 999, 1_500_000, 1<<32 - 1, 1 << 32, 1_700_000_000,
		1_700_000_000_123_456, 1_700_000_000_123_456_789, 1<<62 + 12345, 1<<63 - 1, 1 << 63,
		1<<64 - 1}
	for r := range 256 {
		for _, offset := range []int64{0, -5, 1 << 40} {
			c := newClock(capture.Resolution(r), offset)
			for _, v := range values {
				want := exactTime(v, byte(r), offset)
				if sec := new(big.Int).Quo(want,
					big.NewInt(1e9)); sec.CmpAbs(big.NewInt(maxSeconds)) >= 0 {
					continue // see TestClockSaturates
				}
				got := c.time(v)
				nanos := new(big.Int).Mul(big.NewInt(got.Unix()), big.NewInt(1e9))
				nanos.Add(nanos, big.NewInt(int64(got.Nanosecond())))
				if nanos.Cmp(want) != 0 || got.Location() != time.UTC {
					t.Fatalf("if_tsresol %#x, offset %d, %d units: %v ns, want %v", r, offset, v,
						nanos, want)
				}
			}
		}
	}
}

// Values computed by hand.
func TestClockByHand(t *testing.T) {
	tests := []struct {
		tsresol byte
		v       uint64
		want    time.Time
		text    string
	}{
		{0, 1_700_000_000, time.Unix(1_700_000_000, 0), "1 s"},
		{6, 1_700_000_000_123_456, time.Unix(1_700_000_000, 123456000), "10^-6 s"},
		{9, 1_700_000_000_123_456_789, time.Unix(1_700_000_000, 123456789), "10^-9 s"},
		{12, 1_700_000_123_456_789_012, time.Unix(1_700_000, 123456789), "10^-12 s"},
		{19, 1e19, time.Unix(1, 0), "10^-19 s"},
		{20, 1e19, time.Unix(0, 100_000_000), "10^-20 s"},
		{28, 1e19, time.Unix(0, 1), "10^-28 s"},
		{64, 1<<64 - 1, time.Unix(0, 0), "10^-64 s"},
		{0x7f, 1<<64 - 1, time.Unix(0, 0), "10^-127 s"},
		{0x80, 1_700_000_000, time.Unix(1_700_000_000, 0), "1 s"},
		// 1/1024 s is 976562.5 ns
		{0x8a, 1_700_000_001, time.Unix(1_660_156, 250_976_562), "2^-10 s"},
		{0xa0, 1<<32 | 1<<31, time.Unix(1, 500_000_000), "2^-32 s"},
		{0xbf, 3 << 62, time.Unix(1, 500_000_000), "2^-63 s"},
		{0xc0, 1 << 63, time.Unix(0, 500_000_000), "2^-64 s"},
		{0xff, 1<<64 - 1, time.Unix(0, 0), "2^-127 s"},
	}
	for _, tt := range tests {
		r := capture.Resolution(tt.tsresol)
		c := newClock(r, 0)
		if got := c.time(tt.v); !got.Equal(tt.want) || r.String() != tt.text {
			t.Errorf("if_tsresol %#x, %d units: %v in %s, want %v in %s", tt.tsresol, tt.v, got, r,
				tt.want, tt.text)
		}
	}
}

// TestClockSaturates checks that extreme times stay in order and can be formatted.
func TestClockSaturates(t *testing.T) {
	for _, offset := range []int64{0, math.MaxInt64, math.MinInt64} {
		c := newClock(0, offset)
		before := c.time(0)
		for _, v := range []uint64{1, 1 << 59, 1 << 60, 1 << 61, 1 << 63, 1<<64 - 1} {
			at := c.time(v)
			if at.Before(before) || at.String() == "" || at.Unix() > maxSeconds ||
				at.Unix() < -maxSeconds {
				t.Errorf("offset %d, %d s: %d after %d", offset, v, at.Unix(), before.Unix())
			}
			before = at
		}
	}
}
