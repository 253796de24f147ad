package watch

import (
	"sync/atomic"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/top"
)

// A Stream feeds the screen with packets as they come, from an interface or a pipe.
type Stream struct {
	*pipeline.Pipeline
	engine  *top.Engine
	stopped atomic.Bool
}

// NewStream feeds the screen from a pipeline.
func NewStream(p *pipeline.Pipeline) *Stream {
	e := top.NewEngine(p.Analyzer.Flows)
	e.Processes = p.Processes
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

// Stop ends a capture: what the kernel holds is still read. From a pipe at most one more packet is.
func (s *Stream) Stop() {
	s.stopped.Store(true)
	if l := s.Live(); l != nil {
		_ = l.Stop() // the capture has failed then, and its own error says why
	}
}

// Counts returns what was counted.
func (s *Stream) Counts() *top.Engine { return s.engine }

// Between calls a function between two packets.
func (s *Stream) Between(f func()) {
	_ = s.Locked(func() error { f(); return nil }) // which is f's error
}

// End closes the input unless it is still being read.
func (s *Stream) End(ended bool) error {
	if !ended {
		return nil
	}
	return s.Close()
}

// Read returns how much was counted so far.
func (s *Stream) Read() (packets, flows uint64) {
	s.Between(func() { packets, flows = uint64(s.Packets()), uint64(s.Analyzer.Flows.Len()) })
	return packets, flows
}

// CheckLosses counts what a live capture lost so far, and lets its clock continue.
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
