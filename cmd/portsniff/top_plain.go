package main

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/top"
)

// printPlain prints what changes as sentences: while a capture goes on every --interval, and at the
// end of the input.
func (f *topFlags) printPlain(cmd *cobra.Command, in *input) error {
	return f.printStream(cmd, in, func(s *streaming) func() error {
		window := top.Always
		if s.Live() != nil {
			window = top.TenSeconds
		}
		changes := top.NewReporter(s.engine, window)
		write := func() error {
			if err := s.checkLosses(); err != nil {
				return err
			}
			text := strings.Join(changes.Changes(), "\n")
			if text == "" {
				return nil
			}
			_, err := io.WriteString(cmd.OutOrStdout(), text+"\n")
			return err
		}
		if s.Live() != nil {
			s.Every(f.interval, write)
		}
		return func() error { return s.Locked(write) }
	})
}

// checkLosses counts what a live capture lost so far, and lets its clock go on.
func (s *streaming) checkLosses() error {
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
