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
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	t.Setenv("GOGC", "")
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

// The garbage collector of a command that has the process to itself and leaves nothing behind works seldom, unless the environment says how often it does.
func TestSeldom(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	for _, c := range []struct {
		what, env string
		ctx       context.Context
		tidy      bool
		want      int
	}{
		{"somebody else's process", "", context.Background(), true, 100},
		{"the environment says how often", "100", ownProcess(context.Background()), true, 100},
		{"sets of addresses", "", ownProcess(context.Background()), false, 100},
		{"its own process", "", ownProcess(context.Background()), true, seldom},
	} {
		t.Setenv("GOGC", c.env)
		in := input{memory: 256 << 20, tidy: c.tidy}
		in.limitHeap(c.ctx)
		if got := debug.SetGCPercent(100); got != c.want {
			t.Errorf("%s: %d percent, want %d", c.what, got, c.want)
		}
	}
}
