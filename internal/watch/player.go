package watch

import (
	"math"
	"sync"
	"time"

	"github.com/portsniff/portsniff/internal/top"
)

// Bounds of a player.
const (
	playStep = 50 * time.Millisecond // real time between two moves
	maxSpeed = 1 << 16
	minSpeed = 1.0 / 16
)

// A player records the time that the user wants to see. It implements top.Player.
type player struct {
	mu      sync.Mutex // protects the fields below
	at      top.Position
	target  int64 // all packets up to this time must be counted
	again   bool  // counting must restart from the beginning
	quit    bool
	changed chan struct{} // wakes wait
}

// newPlayer returns a player that first moves to the end.
func newPlayer(at top.Position) *player {
	at.Reading, at.CanSeekBack = true, true
	return &player{target: math.MaxInt64, at: at, changed: make(chan struct{}, 1)}
}

// wanted returns the user's requests. again is true if counting must restart, and is then reset.
func (p *player) wanted() (quit, again bool, target int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	again, p.again = p.again, false
	return p.quit, again, p.target
}

// Position returns the current position.
func (p *player) Position() top.Position {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at
}

// change calls f, which changes the user's requests, and wakes up wait.
func (p *player) change(f func()) {
	p.mu.Lock()
	f()
	p.mu.Unlock()
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// Play starts or stops playing. At the end of the input, it starts from the beginning.
func (p *player) Play(on bool) {
	p.change(func() {
		p.at.Playing = on
		switch {
		case on && p.at.Last != 0 && p.at.Now >= p.at.Last:
			p.target, p.again = p.at.First, true
		case on || p.target == math.MaxInt64:
			p.target = p.at.Now // also ends reading ahead
		}
	})
}

// MoveTo moves to a time in nanoseconds since 1970.
func (p *player) MoveTo(nanos int64) {
	p.change(func() {
		p.again = p.again || nanos < p.at.Now
		p.target = nanos
	})
}

// Speed doubles or halves the speed.
func (p *player) Speed(faster bool) {
	p.change(func() {
		if faster {
			p.at.Speed = min(p.at.Speed*2, maxSpeed)
		} else {
			p.at.Speed = max(p.at.Speed/2, minSpeed)
		}
	})
}

// Recount counts all packets up to the position again.
func (p *player) Recount() { p.change(func() { p.again = true }) }

// Stop ends Run.
func (p *player) Stop() { p.change(func() { p.quit = true }) }

// wait waits for a change. While playing, it waits for the next step at most.
func (p *player) wait() {
	var step <-chan time.Time
	if p.Position().Playing {
		step = time.After(playStep)
	}
	select {
	case <-p.changed:
	case <-step:
		p.mu.Lock()
		defer p.mu.Unlock()
		by := p.at.Speed * float64(playStep)
		if p.at.Playing && float64(p.at.Now)+by < math.MaxInt64 {
			p.target = max(p.target, p.at.Now) + int64(by)
		}
	}
}
