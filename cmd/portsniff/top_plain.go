package main

import (
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/top"
	"github.com/portsniff/portsniff/internal/watch"
)

// printStream reads the whole input without a screen. It calls begin with the stream before the
// first packet. begin returns a function that prints at the end.
func (f *topFlags) printStream(cmd *cobra.Command, in *input,
	begin func(*watch.Stream) func() error) (err error) {
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
	s := watch.NewStream(p)
	s.Counts().SetRules(f.prefers.Rules)
	s.Counts().OnAlert(alerts.Add)
	write := begin(s)
	err = s.Run()
	if err != nil && p.Packets() == 0 {
		return watch.Both(err, alerts.Close())
	}
	p.SettleProcesses()
	return watch.Both(cli.Finish(err, write), alerts.Close())
}

// writeChanges writes what changed since the last call.
func writeChanges(w io.Writer, changes *top.Reporter) error {
	text := strings.Join(changes.Changes(), "\n")
	if text == "" {
		return nil
	}
	_, err := io.WriteString(w, text+"\n")
	return err
}

// printPlain prints changes as sentences: every --interval during a capture, and at the end of the
// input.
func (f *topFlags) printPlain(cmd *cobra.Command, in *input) error {
	return f.printStream(cmd, in, func(s *watch.Stream) func() error {
		window := top.Always
		if s.Live() != nil {
			window = top.TenSeconds
		}
		changes := top.NewReporter(s.Counts(), window)
		write := func() error {
			if err := s.CheckLosses(); err != nil {
				return err
			}
			return writeChanges(cmd.OutOrStdout(), changes)
		}
		if s.Live() != nil {
			s.Every(f.interval, write)
		}
		return func() error { return s.Locked(write) }
	})
}
