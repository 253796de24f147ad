package main

import (
	"context"
	"math"
	"runtime/debug"
	"testing"

	"github.com/portsniff/portsniff/internal/cli"
)

// TestLimitHeap checks that the memory for flows limits the heap only if the command has the
// process to itself. A lower limit from the environment stays.
func TestLimitHeap(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	t.Setenv("GOGC", "")
	own := ownProcess(context.Background())
	for _, c := range []struct {
		what, iface             string
		ctx                     context.Context
		set, allow, keeps, want int64
		gc                      int
	}{
		{"its own process", "", own, math.MaxInt64, 256 << 20, 0, 256<<20 + reserved, 100},
		{"a live capture, with processes", "eth0", own, math.MaxInt64, 256 << 20, 0, 256<<20 +
			reserved + processHeap, 100},
		{"a page", "", own, math.MaxInt64, 256 << 20, 1 << 30, 256<<20 + reserved + 1<<30, pageGC},
		{"a live page", "eth0", own, math.MaxInt64, 256 << 20, 1 << 30, 256<<20 + reserved + 1<<30 +
			processHeap, 100},
		{"less than makes sense", "", own, math.MaxInt64, 1 << 20, 0, leastHeap + reserved, 100},
		{"a lower limit from outside", "", own, 100 << 20, 256 << 20, 0, 100 << 20, 100},
		{"somebody else's process", "", context.Background(), math.MaxInt64, 256 << 20, 1 << 30,
			math.MaxInt64, 100},
	} {
		debug.SetMemoryLimit(c.set)
		debug.SetGCPercent(100)
		in := input{memory: cli.Size(c.allow), keeps: c.keeps}
		in.live.iface = c.iface
		in.limitHeap(c.ctx)
		if got := debug.SetMemoryLimit(-1); got != c.want {
			t.Errorf("%s: %d bytes, want %d", c.what, got, c.want)
		}
		if got := debug.SetGCPercent(100); got != c.gc {
			t.Errorf("%s: %d percent, want %d", c.what, got, c.gc)
		}
	}
}
