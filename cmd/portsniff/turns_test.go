package main

import (
	"runtime"
	"sync/atomic"
	"testing"
)

// On one processor somebody else gets to run when a turn's packets are done, and it is with these that the next turn begins.
func TestTurns(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var ran atomic.Bool
	var turns turns
	go ran.Store(true)
	for range 100 { // now and then whoever gives way goes on, and there may be more who wait
		turns.pass(99, 100)
		if turns.packets != 99 {
			t.Fatalf("%d packets noted after 99 of 100", turns.packets)
		}
		turns.pass(2, 100)
		if turns.packets != 0 {
			t.Fatalf("%d packets noted at the beginning of a turn", turns.packets)
		}
		if ran.Load() {
			return
		}
	}
	t.Error("nobody else ran in a hundred turns")
}
