package main

import (
	"runtime"
	"sync/atomic"
	"testing"
)

// On one processor somebody else gets to run as soon as a turn's packets are done.
func TestTurns(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var ran atomic.Bool
	var turns turns
	for range 3 {
		ran.Store(false)
		go ran.Store(true)
		turns.pass(99, 100)
		if turns.packets != 99 {
			t.Fatalf("%d packets noted after 99 of 100", turns.packets)
		}
		turns.pass(2, 100)
		if !ran.Load() {
			t.Fatal("nobody else ran after 101 packets of 100")
		}
		if turns.packets != 0 {
			t.Fatalf("%d packets noted at the beginning of a turn", turns.packets)
		}
	}
}
