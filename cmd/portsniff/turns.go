package main

import "runtime"

// Turns has a goroutine that is busy for long give way now and then, by the packets it has done. Whoever runs for 10 ms on end is noticed by Go's
// monitor, which sends the thread a signal or takes its processor away while it reads, and then looks around every 20 µs for a while: that took up to a twentieth of
// the time. Who gives way sooner is left alone.
type turns struct{ packets int }

// How many packets are done in less than 10 ms, by far: in tables, which take some 50 ns for one, and in lines, which take some hundred.
const (
	countedInTurn = 1 << 16
	shownInTurn   = 1 << 12
)

// pass takes note of n more packets, and gives way when those are at least as many as are done in one turn.
func (t *turns) pass(n, most int) {
	if t.packets += n; t.packets >= most {
		t.packets = 0
		runtime.Gosched()
	}
}
