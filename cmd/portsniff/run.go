package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/selection"
	"github.com/portsniff/portsniff/internal/sockets"
	"github.com/portsniff/portsniff/internal/term"
)

// A session takes packets from a source through decoding and counting.
type session struct {
	src      source
	filter   *selection.PacketFilter
	cmd      *cobra.Command
	limit    int64 // packets at most, 0 for all
	jobs     int   // how many may count at a time
	seen     int64 // packets so far
	read     capture.Packet
	analyzer *analysis.Analyzer
	stop     chan os.Signal
	report   chan os.Signal
	status   io.Writer
	progress *term.Progress

	watch *sockets.Watch // nil where no processes are looked for

	processes *analysis.ProcessTable // the same, for tables
	gathered  time.Time              // when answers were last taken

	// gate is held while a packet is taken and shown, and not while the next one is waited for:
	// whoever holds it finds everything whole. Several may pass it together who keep out of each
	// other's way.
	gate        sync.RWMutex
	interrupted bool

	// whether there is no room for a packet; nil where there always is
	full func(*capture.Packet) bool

	idle   func() error     // what is done when no frame comes for a while
	tick   <-chan time.Time // nil for none
	ticked func() error     // what is done on each tick
}

// errInterrupted ends a session that a signal stopped: what was read is shown, but it was not all.
var errInterrupted = errors.New("interrupted")

// errEnough ends a session that has no need of more packets.
var errEnough = errors.New("enough")

// newSession opens what the flags name. Status lines go to the command's standard error; quiet says
// that nothing else is written to the terminal meanwhile.
func newSession(cmd *cobra.Command, in *input, quiet bool) (*session, error) {
	if err := in.check(cmd); err != nil {
		return nil, err
	}
	filter, err := in.packetFilter(cmd)
	if err != nil {
		return nil, err
	}
	in.limitHeap(cmd.Context())
	in.live.filter = filter.Kernel()
	s := &session{cmd: cmd, limit: in.count, jobs: in.jobs,
		analyzer: analysis.New(flow.Options{Memory: in.tableMemory(), Hosts: true}),
		stop:     make(chan os.Signal, 1), report: make(chan os.Signal, 1),
		status: cmd.ErrOrStderr()}
	notifyStop(s.stop) // before anybody is reported that it listens
	notifyReport(s.report)
	src, err := in.open(cmd)
	if err != nil {
		s.ignore()
		return nil, usageOf(cmd, err)
	}
	s.src, s.filter = src, filter.Without(in.live.filter)
	s.idle = func() error { return nil }
	var progress io.Writer
	if quiet {
		progress = cmd.ErrOrStderr()
	}
	s.progress = term.NewProgress(progress, src)
	s.announce()
	return s, nil
}

// each calls show for every packet until the input ends, and gives the error that it ended with, if
// it was no good end.
func (s *session) each(show func(*analysis.Frame) error) error {
	sums := func() (uint64, int) { return s.analyzer.Flows.Total.Bytes, s.analyzer.Flows.Len() }
	return s.attend(sums, func() error {
		for s.more() {
			err := s.src.Next(&s.read)
			if idle(err) {
				err = s.rest()
				if err == nil {
					continue
				}
			}
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
			switch err := s.one(show); {
			case errors.Is(err, errEnough):
				return nil
			case err != nil:
				return err
			}
		}
		return nil
	})
}

// one takes and shows the packet that was read, if it passes the filters.
func (s *session) one(show func(*analysis.Frame) error) error {
	s.gate.Lock()
	defer s.gate.Unlock()
	if s.filter != nil {
		rec := s.read.Record()
		if yes, err := s.filter.Match(&rec); err != nil || !yes {
			s.progress.Add(1)
			return usageOf(s.cmd, err)
		}
	}
	if s.full != nil && s.full(&s.read) {
		if l := s.live(); l != nil {
			l.given.Add(-1) // it stays for a capture that has more room
		}
		return capture.ErrEnoughFiles
	}
	if err := show(s.take()); err != nil {
		return &outputError{err}
	}
	return nil
}

// rest does what there is to do when no frame came for a while.
func (s *session) rest() error {
	s.gate.Lock()
	defer s.gate.Unlock()
	s.gatherOwners()
	if err := s.idle(); err != nil {
		return &outputError{err}
	}
	return nil
}

// attend runs a loop over packets and meanwhile does what signals ask for, though the loop may be
// waiting for input that never comes: it prints a line of counts, or ends the session. A second
// signal to end has the system's effect, at once.
func (s *session) attend(sums func() (bytes uint64, flows int), loop func() error) error {
	done := make(chan error, 1)
	go func() { done <- loop() }()
	defer s.progress.Close()
	for {
		select {
		case err := <-done:
			return err
		case came := <-s.stop:
			// which ends well: what the kernel has taken is still shown
			if l := s.live(); l != nil {
				stopOnce(s.stop, came)
				if err := l.Stop(); err != nil {
					return err
				}
				continue
			}
			s.gate.Lock() // for good: the loop goes no further
			s.interrupted = true
			stopOnce(s.stop, came)
			return fmt.Errorf("%w after %d packets", errInterrupted, s.seen)
		case <-s.report:
			s.gate.Lock()
			bytes, flows := sums()
			term.Notice(s.status, "%d packets, %d bytes, %d flows so far%s", s.seen, bytes, flows,
				s.losses())
			s.gate.Unlock()
		case <-s.tick:
			s.gate.Lock()
			if err := s.ticked(); err != nil { // and the gate stays shut
				return &outputError{err}
			}
			s.gate.Unlock()
		}
	}
}

// more reports whether more packets are asked for.
func (s *session) more() bool { return s.limit == 0 || s.seen < s.limit }

func (s *session) packets() int64 { return s.seen }

// take decodes, annotates and counts the packet that was read.
func (s *session) take() *analysis.Frame {
	s.seen++
	f := s.analyzer.Packet(&s.read)
	f.Comments = s.remarks(&s.read)
	f.InterfaceName, f.InterfaceAbout = s.interfaceWords()
	s.gatherOwners()
	s.progress.Add(1)
	return f
}

func (s *session) close() error {
	s.filter.Report(s.status)
	s.ignore()
	s.endWatch()
	if s.interrupted {
		return nil // the source may be in the middle of reading; the program's end closes it
	}
	if l := s.live(); l != nil {
		return errors.Join(l.closingLines(s.status, s), l.Close())
	}
	return s.src.Close()
}

// ignore gives signals their usual effects back.
func (s *session) ignore() {
	signal.Stop(s.stop)
	signal.Stop(s.report)
}

// An outputError is a failure of the output, after which nothing more is written.
type outputError struct{ err error }

func (e *outputError) Error() string { return "writing the output: " + e.err.Error() }
func (e *outputError) Unwrap() error { return e.err }
