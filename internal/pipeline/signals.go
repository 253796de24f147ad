package pipeline

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/portsniff/portsniff/internal/term"
)

// ErrInterrupted means that a signal ended the input early.
var ErrInterrupted = errors.New("interrupted")

// A ticker calls a function periodically between two packets. The zero ticker never calls it.
type ticker struct {
	c <-chan time.Time
	f func() error
}

// Every calls f periodically between two packets, until the input ends. If d is 0 or less, it never
// calls f.
func (p *Pipeline) Every(d time.Duration, f func() error) { p.tick.start(d, f) }

func (t *ticker) start(d time.Duration, f func() error) {
	if d > 0 {
		*t = ticker{time.NewTicker(d).C, f}
	}
}

// Store makes Count and Each also count each packet for a store. It calls next periodically between
// two packets.
func (p *Pipeline) Store(c *Stored, d time.Duration, next func() error) {
	p.stored = c
	p.turn.start(d, next)
}

// sameRequest is how long further signals count as the same request to end. The program timeout,
// for one, sends each signal to its child and then to the child's process group.
var sameRequest = 500 * time.Millisecond

// stopLater stops sending signals to c. It restores the default effects of those that end an input
// after sameRequest.
func stopLater(c chan<- os.Signal) {
	ignored := make(chan os.Signal, 1)
	signal.Notify(ignored, os.Interrupt, syscall.SIGTERM)
	signal.Stop(c)
	time.AfterFunc(sameRequest, func() { signal.Stop(ignored) })
}

// runWithSignals runs a loop over packets. On a signal it prints a line of counts or ends the loop,
// even while the loop waits for input. A second request to end ends the process at once.
func (p *Pipeline) runWithSignals(sums func() (bytes uint64, flows int), loop func() error) error {
	done := make(chan error, 1)
	go func() { done <- loop() }()
	defer p.progress.Close()
	for {
		select {
		case err := <-done:
			return err
		case signal := <-p.stop:
			StopOnce(p.stop, signal)
			if l := p.Live(); l != nil { // packets in the kernel's buffer are still processed
				if err := l.Stop(); err != nil {
					p.halt()
					return err
				}
				continue
			}
			p.halt()
			return fmt.Errorf("%w after %d packets", ErrInterrupted, p.seen)
		case <-p.report:
			p.mu.Lock()
			bytes, flows := sums()
			term.Notice(p.status, "%d packets, %d bytes, %d flows so far%s", p.seen, bytes, flows,
				p.losses())
			p.mu.Unlock()
		case <-p.tick.c:
			if err := p.between(p.tick.f); err != nil {
				return err
			}
		case <-p.turn.c:
			if err := p.between(p.turn.f); err != nil {
				return err
			}
		}
	}
}

// between calls a function between two packets. If it fails, the loop stops.
func (p *Pipeline) between(f func() error) error {
	p.mu.Lock()
	if err := f(); err != nil {
		p.halted = true
		return &OutputError{err}
	}
	p.mu.Unlock()
	return nil
}

// halt stops the loop between two packets permanently.
func (p *Pipeline) halt() {
	p.mu.Lock()
	p.halted = true
}
