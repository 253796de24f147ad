package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/sandbox"
	"github.com/portsniff/portsniff/internal/sockets"
	"github.com/portsniff/portsniff/internal/term"
)

// addProcess adds the flag of commands that say whose process a packet is of.
func (f *liveFlags) addProcess(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.process, "process", true, "find the process of a flow")
}

// watchOwners has the processes of this host looked for while packets are captured. It comes before
// the sandbox, which leaves no way to. Where it cannot be done the capture goes on without.
func (s *session) watchOwners(cmd *cobra.Command, in *input) error {
	if s.live() == nil || !in.live.process || cmd.Context().Value(processKey{}) == nil {
		return nil
	}
	mode := sandbox.Mode(in.sandbox.mode) // it was checked
	watch, err := sockets.StartHelper(mode, in.sandbox.user)
	asked := s.filter.UsesProcesses()
	switch {
	case err != nil && asked:
		return fmt.Errorf("--where asks for processes: %w", err)
	case errors.Is(err, sockets.ErrNotSupported) && !cmd.Flags().Changed("process"):
		return nil
	case err != nil:
		term.Notice(s.status, "no process names: %s", err.Error())
		return nil
	}
	s.watch = watch
	f := &finder{watch: watch, began: time.Now()}
	s.analyzer.Attributor = analysis.NewAttributor(f.find)
	if asked {
		s.filter.SetAttributor(analysis.NewAttributor(f.wait))
	}
	s.processes = analysis.NewProcessTable(watch.Ask)
	s.analyzer.Flows.OnFlow = s.processes.Add
	return nil
}

// noProcesses is why --where cannot ask for processes, nil if it can.
func (f *liveFlags) noProcesses() error {
	switch {
	case f.iface == "":
		return errors.New(
			"a capture file has no processes: process, pid and user are known only while " +
				"capturing, with -i")
	case !f.process:
		return errors.New(
			"process, pid and user need a command that looks for processes (--process): " +
				"portsniff itself, ports or flows")
	}
	return nil
}

// Times of taking answers for tables.
const (
	gatherEvery = 100 * time.Millisecond
	settleMost  = 500 * time.Millisecond // that a last table waits for answers
)

// gatherOwners takes what was found since the last time, if it is time.
func (s *session) gatherOwners() {
	if s.processes == nil {
		return
	}
	if now := time.Now(); now.Sub(s.gathered) >= gatherEvery {
		s.gathered = now
		s.processes.Gather()
	}
}

// settleOwners waits a moment for what is being looked for when a capture ends.
func (s *session) settleOwners() {
	if s.processes == nil {
		return
	}
	for end := time.Now().Add(settleMost); s.processes.Gather() && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
}

// A connection's first packet waits for its owner, as it may be the only chance to see a short
// one's, but never so long that packets are lost for it.
const (
	waitFirst = 60 * time.Millisecond // at most for one packet
	waitShare = 20                    // at most one part in so many of all time

	// Where --where asks for processes an answer that comes too late is a packet that is not there.
	whereFirst = 250 * time.Millisecond
	whereShare = 2
)

// A finder asks a watch.
type finder struct {
	watch  *sockets.Watch
	began  time.Time
	waited time.Duration
}

func (f *finder) find(src, dst sockets.Flow, fresh bool) (ofSrc, ofDst sockets.Owner) {
	ofDst = f.watch.Owner(dst, fresh)
	if !fresh || f.waited*waitShare > time.Since(f.began) {
		return f.watch.Owner(src, fresh), ofDst
	}
	began := time.Now()
	ofSrc = f.watch.Await(src, fresh, waitFirst)
	f.waited += time.Since(began)
	return ofSrc, f.watch.Owner(dst, false) // they were looked for together
}

// wait is find for who decides by the answer whether a packet counts: it waits for the first one
// about any flow, not only about one that begins.
func (f *finder) wait(src, dst sockets.Flow, fresh bool) (ofSrc, ofDst sockets.Owner) {
	f.watch.Owner(dst, fresh) // so that they are looked for together
	for i, end := range []struct {
		flow  sockets.Flow
		owner *sockets.Owner
		fresh bool
	}{{src, &ofSrc, fresh}, {dst, &ofDst, false}} {
		if f.waited*whereShare > time.Since(f.began) {
			*end.owner = f.watch.Owner(end.flow, end.fresh)
			continue
		}
		began := time.Now()
		*end.owner = f.watch.Await(end.flow, end.fresh, whereFirst/time.Duration(i+1))
		f.waited += time.Since(began)
	}
	return ofSrc, ofDst
}

// endWatch ends the looking, and says so if it had ended before.
func (s *session) endWatch() {
	if s.watch == nil {
		return
	}
	if err := errors.Join(s.watch.Err(), s.watch.Close()); err != nil {
		term.Notice(s.status, "process names: %s", err.Error())
	}
	s.watch = nil
}
