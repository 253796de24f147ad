package watch

import (
	"sync/atomic"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/top"
)

// A Stream feeds the screen with packets from an interface or a pipe as they arrive.
type Stream struct {
	*pipeline.Pipeline
	engine  *top.Engine
	stopped atomic.Bool
}

// NewStream returns a Stream that reads from a pipeline.
func NewStream(p *pipeline.Pipeline) *Stream {
	e := top.NewEngine(p.Analyzer.Flows)
	e.Processes = p.Processes
	// Lines of packets wait for the owner of a new connection. The screen must not: it would wait
	// with the packets. It gets owners from p.Processes, later.
	p.Analyzer.Attributor = nil
	return &Stream{Pipeline: p, engine: e}
}

// Run counts all packets.
func (s *Stream) Run() error {
	err := s.Each(func(f *analysis.Frame) error {
		if s.stopped.Load() && s.Live() == nil {
			return pipeline.ErrEnough
		}
		s.engine.Add(f)
		return nil
	})
	s.Between(s.engine.LookAll)
	return err
}

// Stop ends the input. Packets in the kernel's buffer are still read. From a pipe, at most one more
// packet is read.
func (s *Stream) Stop() {
	s.stopped.Store(true)
	if l := s.Live(); l != nil {
		_ = l.Stop() // an error means that the capture failed; the capture returns its own error
	}
}

// Counts returns the engine with the counts.
func (s *Stream) Counts() *top.Engine { return s.engine }

// Between calls a function between two packets.
func (s *Stream) Between(f func()) {
	_ = s.Locked(func() error { f(); return nil }) // never fails
}

// End closes the input if reading has ended.
func (s *Stream) End(ended bool) error {
	if !ended {
		return nil
	}
	return s.Close()
}

// Read returns the numbers of packets and flows counted so far.
func (s *Stream) Read() (packets, flows uint64) {
	s.Between(func() { packets, flows = uint64(s.Packets()), uint64(s.Analyzer.Flows.Len()) })
	return packets, flows
}

// CheckLosses updates the number of packets that a live capture lost, and advances the clock.
func (s *Stream) CheckLosses() error {
	l := s.Live()
	if l == nil {
		return nil
	}
	st, err := l.Stats()
	if err != nil {
		return err
	}
	s.engine.Lost(st.Dropped + st.InterfaceDropped)
	s.engine.TickClock()
	return nil
}
