package main

import (
	"context"
	"math"
	"runtime/debug"
	"testing"
)

// What a user allows for flows bounds the heap of a command that has the process to itself, and of no other; a lower limit of the environment's stays.
func TestLimitHeap(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	own := ownProcess(context.Background())
	for _, c := range []struct {
		what, iface      string
		ctx              context.Context
		set, allow, want int64
	}{
		{"its own process", "", own, math.MaxInt64, 256 << 20, 256<<20 + reserved},
		{"a live capture, with processes", "eth0", own, math.MaxInt64, 256 << 20, 256<<20 + reserved + processHeap},
		{"less than makes sense", "", own, math.MaxInt64, 1 << 20, leastHeap + reserved},
		{"a lower limit from outside", "", own, 100 << 20, 256 << 20, 100 << 20},
		{"somebody else's process", "", context.Background(), math.MaxInt64, 256 << 20, math.MaxInt64},
	} {
		debug.SetMemoryLimit(c.set)
		in := input{memory: byteSize(c.allow)}
		in.live.iface = c.iface
		in.limitHeap(c.ctx)
		if got := debug.SetMemoryLimit(-1); got != c.want {
			t.Errorf("%s: %d bytes, want %d", c.what, got, c.want)
		}
	}
}
