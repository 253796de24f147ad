package main

import (
	"context"
	"os"
	"runtime/debug"
)

// leastHeap is the smallest heap limit, in bytes. Below it the garbage collector would run all the
// time.
const leastHeap = 64 << 20

// reserved is the most bytes that tables reserve but have not touched. They count as heap, but use
// no memory. Without this allowance, a full table would reach the heap limit, and the garbage
// collector would run all the time.
const reserved = 16 << 20

// processHeap is the additional heap of a live capture, in bytes: the processes of 65,536 flows and
// a margin. Without it, a full flow table would reach the heap limit, and the garbage collector
// would run all the time.
const processHeap = 64 << 20

// pageGC is the GOGC value, in percent, for commands that build a page. Most of that heap is JSON,
// which contains no pointers and is cheap to scan.
const pageGC = 25

// limitHeap limits the heap to the memory for flows plus what the command keeps. The heap must not
// double, because the output at the end makes garbage in addition to the tables. A lower limit or a
// GOGC value from the environment takes precedence. limitHeap does nothing in a process that other
// code shares, because the limit is permanent.
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
