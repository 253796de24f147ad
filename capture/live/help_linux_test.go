package live

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
)

// open starts a capture, or ends the test.
func open(t *testing.T, name string, opt Options) Capture {
	t.Helper()
	l, err := Open(name, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// kept returns a packet with its own copy of the data.
func kept(p *capture.Packet) capture.Packet {
	q := *p
	q.Data = append([]byte(nil), p.Data...)
	return q
}

// stopAndDrain stops a capture and returns all remaining packets.
func stopAndDrain(t *testing.T, l Capture) (all []capture.Packet) {
	t.Helper()
	if err := l.Stop(); err != nil {
		t.Error(err)
	}
	var p capture.Packet
	for {
		err := l.Next(&p)
		switch {
		case err == nil:
			all = append(all, kept(&p))
		case err == io.EOF:
			return all
		case !errors.Is(err, capture.ErrIdle):
			t.Errorf("Next: %v", err)
			return all
		}
	}
}

// stats returns the counts, after checking that no frame is missing.
func stats(t *testing.T, l Capture, given int) Stats {
	t.Helper()
	s, err := l.Stats()
	if err != nil {
		t.Error(err)
	}
	if s.Received != uint64(given)+s.Dropped {
		t.Errorf("received %d, given %d, dropped %d: the sum is wrong", s.Received, given,
			s.Dropped)
	}
	return s
}

// within fails the test if a function takes longer than the limit.
func within(t *testing.T, limit time.Duration, what string, do func()) {
	t.Helper()
	began := time.Now()
	do()
	if took := time.Since(began); took > limit {
		t.Errorf("%s took %v", what, took)
	}
}
