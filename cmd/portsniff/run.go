package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/flow"
	"github.com/portsniff/portsniff/render"
)

// A session takes packets from a source through decoding and counting.
type session struct {
	src       source
	limit     int64 // packets at most, 0 for all
	seen      int64 // packets so far
	read      capture.Packet
	packet    decode.Packet
	fragments *decode.Fragments
	flows     *flow.Table
	frame     render.Frame
	stop      chan os.Signal
	report    chan os.Signal
	status    io.Writer
	progress  *progress
}

// errInterrupted ends a session that a signal stopped: what was read is shown, but it was not all.
var errInterrupted = errors.New("interrupted")

// newSession opens what the flags name. Status lines go to the command's standard error; quiet says that nothing else is written to the terminal meanwhile.
func newSession(cmd *cobra.Command, in *input, quiet bool) (*session, error) {
	if err := in.check(cmd); err != nil {
		return nil, err
	}
	src, err := in.open(cmd)
	if err != nil {
		return nil, err
	}
	s := &session{src: src, limit: in.count, fragments: decode.NewFragments(0),
		flows: flow.NewTable(flow.Options{Memory: int(in.memory), Service: render.ServiceSide, Recognise: render.Recognise, Hosts: true}),
		stop:  make(chan os.Signal, 1), report: make(chan os.Signal, 1), status: cmd.ErrOrStderr()}
	s.frame.Packet = &s.packet
	signal.Notify(s.stop, os.Interrupt, syscall.SIGTERM)
	notifyReport(s.report)
	s.progress = newProgress(cmd.ErrOrStderr(), src, quiet)
	return s, nil
}

// each calls show for every packet until the input ends, and gives the error that it ended with, if it was no good end.
func (s *session) each(show func(*render.Frame) error) error {
	defer s.progress.close()
	for s.more() {
		if err := s.signals(s.flows.Total.Bytes, s.flows.Len()); err != nil {
			return err
		}
		err := s.src.Next(&s.read)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		s.take()
		if err := show(&s.frame); err != nil {
			return &outputError{err}
		}
	}
	return nil
}

// more tells whether more packets are asked for.
func (s *session) more() bool { return s.limit == 0 || s.seen < s.limit }

// signals does what a signal asks for: it prints a line of counts, or gives the error that ends the session.
func (s *session) signals(bytes uint64, flows int) error {
	select {
	case <-s.stop:
		return fmt.Errorf("%w after %d packets", errInterrupted, s.seen)
	case <-s.report:
		fmt.Fprintf(s.status, "portsniff: %d packets, %d bytes, %d flows so far\n", s.seen, bytes, flows)
	default:
	}
	return nil
}

func (s *session) packets() int64 { return s.seen }

// take decodes, annotates and counts the packet that was read.
func (s *session) take() {
	r, f := &s.read, &s.frame
	s.seen++
	s.packet.Decode(decode.LinkType(r.Link), r.Data, r.Length)
	s.fragments.Observe(&s.packet, r.Number, r.Timestamp)
	f.Number, f.Time, f.HasTime, f.Interface, f.Len, f.Comments = r.Number, r.Timestamp, r.HasTime, r.InterfaceIndex, r.Length, r.Comments
	rec := r.Record()
	f.Annotate(s.flows.Add(&s.packet, rec.Length, rec.Nanos, r.Number))
	s.progress.tick(1)
}

func (s *session) close() error {
	signal.Stop(s.stop)
	signal.Stop(s.report)
	return s.src.Close()
}

// An outputError is a failure of the output, after which nothing more is written.
type outputError struct{ err error }

func (e *outputError) Error() string { return "writing the output: " + e.err.Error() }
func (e *outputError) Unwrap() error { return e.err }
