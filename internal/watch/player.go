package watch

import (
	"math"
	"sync"
	"time"

	"github.com/portsniff/portsniff/internal/top"
)

// Bounds of a player.
const (
	playStep = 50 * time.Millisecond // of the time on the wall between two moves
	maxSpeed = 1 << 16
	minSpeed = 1.0 / 16
)

// A player notes which time is to be gone to. It is a top.Player.
type player struct {
	mu      sync.Mutex // protects what follows
	at      top.Position
	target  int64 // all up to this time is to be counted
	again   bool  // all is to be counted from the start
	quit    bool
	changed chan struct{} // wakes wait
}

// newPlayer returns a player that goes to the end first.
func newPlayer(at top.Position) *player {
	at.Reading, at.CanSeekBack = true, true
	return &player{target: math.MaxInt64, at: at, changed: make(chan struct{}, 1)}
}

// wanted returns what the user asked for since the last time.
func (p *player) wanted() (quit, again bool, target int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	again, p.again = p.again, false
	return p.quit, again, p.target
}

// Position returns where the player is.
func (p *player) Position() top.Position {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at
}

// change changes what is wanted, and wakes run.
func (p *player) change(f func()) {
	p.mu.Lock()
	f()
	p.mu.Unlock()
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// Play begins or ends playing. At the end of the file it begins anew.
func (p *player) Play(on bool) {
	p.change(func() {
		p.at.Playing = on
		switch {
		case on && p.at.Last != 0 && p.at.Now >= p.at.Last:
			p.target, p.again = p.at.First, true
		case on || p.target == math.MaxInt64:
			p.target = p.at.Now // which ends reading ahead, too
		}
	})
}

// MoveTo goes to a time.
func (p *player) MoveTo(nanos int64) {
	p.change(func() {
		p.again = p.again || nanos < p.at.Now
		p.target = nanos
	})
}

// Speed plays twice as fast, or half.
func (p *player) Speed(faster bool) {
	p.change(func() {
		if faster {
			p.at.Speed = min(p.at.Speed*2, maxSpeed)
		} else {
			p.at.Speed = max(p.at.Speed/2, minSpeed)
		}
	})
}

// Recount counts all packets up to the position anew.
func (p *player) Recount() { p.change(func() { p.again = true }) }

// Stop ends Run.
func (p *player) Stop() { p.change(func() { p.quit = true }) }

// wait waits for a change, or while it plays for the next step.
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
