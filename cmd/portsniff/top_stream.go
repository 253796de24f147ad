package main

import (
	"errors"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/top"
)

// A streaming feeds the screen with packets as they come, from an interface or a pipe.
type streaming struct {
	*pipeline.Pipeline
	engine  *top.Engine
	stopped atomic.Bool
}

func newStreaming(p *pipeline.Pipeline) *streaming {
	e := top.NewEngine(p.Analyzer.Flows)
	e.Processes = p.Processes
	return &streaming{Pipeline: p, engine: e}
}

func (s *streaming) run() error {
	err := s.Each(func(f *analysis.Frame) error {
		if s.stopped.Load() && s.Live() == nil {
			return pipeline.ErrEnough
		}
		s.engine.Add(f)
		return nil
	})
	s.locked(s.engine.LookAll)
	return err
}

// stop ends a capture: what the kernel holds is still read. From a pipe at most one more packet is.
func (s *streaming) stop() {
	s.stopped.Store(true)
	if l := s.Live(); l != nil {
		_ = l.Stop() // the capture has failed then, and its own error says why
	}
}

func (s *streaming) counts() *top.Engine { return s.engine }

func (s *streaming) locked(f func()) {
	_ = s.Locked(func() error { f(); return nil }) // which is f's error
}

func (s *streaming) close(ended bool) error {
	if !ended {
		return nil
	}
	return s.Close()
}

func (s *streaming) read() (packets, flows uint64) {
	s.locked(func() { packets, flows = uint64(s.Packets()), uint64(s.Analyzer.Flows.Len()) })
	return packets, flows
}

// printStream reads the whole input without a screen. begin gets what counts it before the first
// packet, and returns what prints at the end.
func (f *topFlags) printStream(cmd *cobra.Command, in *input,
	begin func(*streaming) func() error) (err error) {
	in.keeps = top.Memory
	p, err := in.start(cmd, true)
	if err != nil {
		return err
	}
	defer cli.Close(p, &err)
	alerts, err := f.alerts.open(cmd, in)
	if err != nil {
		return err
	}
	if err := errors.Join(in.watchProcesses(cmd, p), in.confine(cmd, nil)); err != nil {
		return err
	}
	s := newStreaming(p)
	s.engine.SetRules(f.prefers.Rules)
	s.engine.OnAlert(alerts.add)
	write := begin(s)
	err = s.run()
	if err != nil && p.Packets() == 0 {
		return both(err, alerts.close())
	}
	p.SettleProcesses()
	return both(cli.Finish(err, write), alerts.close())
}
