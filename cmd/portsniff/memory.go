package main

import (
	"context"
	"runtime/debug"
)

// leastHeap is how small the garbage collector is asked to keep the heap at least, in bytes: below that it would do nothing else.
const leastHeap = 64 << 20

// limitHeap has the garbage collector keep the whole heap within what the user allows for flows, and not let it double: what is written at the end makes
// garbage beside the tables. A lower limit that the environment set stays. Only a command that has the process to itself does so, as it lasts.
func (in *input) limitHeap(ctx context.Context) {
	if ctx == nil || ctx.Value(processKey{}) == nil {
		return
	}
	debug.SetMemoryLimit(min(debug.SetMemoryLimit(-1), max(int64(in.memory), leastHeap)))
}
