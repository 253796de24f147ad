package main

import (
	"context"
	"os"
	"runtime/debug"
)

// leastHeap is how small the garbage collector is asked to keep the heap at least, in bytes: below
// that it would do nothing else.
const leastHeap = 64 << 20

// reserved is what tables have reserved at most and not touched, in bytes: it counts as heap, and
// costs no memory. Without it the heap of a full table would be at its limit, and the garbage
// collector would work all the time.
const reserved = 16 << 20

// processHeap is what a live capture may take besides, in bytes: the processes of 65,536 flows, and
// room above them. Without it the heap would be at its limit as soon as the flows are, and the
// garbage collector would do nothing else from then on.
const processHeap = 64 << 20

// pageGC is how much the heap of a page grows, in percent, before garbage is collected. Most of it
// is JSON, which has no pointers and costs the collector little.
const pageGC = 25

// limitHeap has the garbage collector keep the whole heap within what the user allows for flows,
// and what the command keeps besides, and not let it double: what is written at the end makes
// garbage beside the tables. A lower limit that the environment set stays, and its GOGC. Only a
// command that has the process to itself does so, as it lasts.
func (in *input) limitHeap(ctx context.Context) {
	if ctx == nil || ctx.Value(processKey{}) == nil {
		return
	}
	limit := max(int64(in.memory), leastHeap) + reserved + in.keeps
	if in.live.iface != "" {
		limit += processHeap
	}
	debug.SetMemoryLimit(min(debug.SetMemoryLimit(-1), limit))
	if in.keeps > 0 && in.live.iface == "" && os.Getenv("GOGC") == "" {
		debug.SetGCPercent(pageGC)
	}
}
