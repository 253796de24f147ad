package main

import (
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/top"
)

// printPlain prints what changes as sentences: while a capture goes on every --interval, and at the
// end of the input.
func (f *topFlags) printPlain(cmd *cobra.Command, in *input) (err error) {
	in.keeps = top.Memory
	p, err := in.start(cmd, true)
	if err != nil {
		return err
	}
	defer closing(p, &err)
	alerts, err := f.alerts.open(cmd, in)
	if err != nil {
		return err
	}
	if err := errors.Join(in.watchProcesses(cmd, p), in.confine(cmd, nil)); err != nil {
		return err
	}
	s := newStreaming(p)
	s.engine.OnAlert(alerts.add)
	window := top.Always
	if p.Live() != nil {
		window = top.TenSeconds
	}
	tell := top.NewReporter(s.engine, window)
	write := func() error {
		if l := p.Live(); l != nil {
			st, err := l.Stats()
			if err != nil {
				return err
			}
			s.engine.Lost(st.Dropped + st.InterfaceDropped)
			s.engine.TickClock()
		}
		text := strings.Join(tell.Changes(), "\n")
		if text == "" {
			return nil
		}
		_, err := io.WriteString(cmd.OutOrStdout(), text+"\n")
		return err
	}
	if p.Live() != nil {
		p.Every(f.interval, write)
	}
	err = s.run()
	if err != nil && p.Packets() == 0 {
		return both(err, alerts.close())
	}
	p.SettleProcesses()
	return both(finish(err, func() error { return p.Locked(write) }), alerts.close())
}
