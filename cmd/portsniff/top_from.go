package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"time"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/textutil"
	"github.com/portsniff/portsniff/internal/top"
	"github.com/portsniff/portsniff/internal/watch"
)

// runStored shows the content of a store, on the screen or as text.
func (f *topFlags) runStored(cmd *cobra.Command, in *input, view top.View) (err error) {
	only, err := f.of.only.Filter()
	if err == nil {
		f.of.every = time.Minute // keeps the counts of each minute apart
		err = (&fromStore{cmd: cmd, in: in, c: &f.of, only: only}).check()
	}
	if err != nil {
		return cli.Wrong(err) // report this before the terminal changes
	}
	if f.once || f.plain {
		return f.printStored(cmd, in, view)
	}
	screen, err := in.openScreen(cmd)
	if err != nil {
		return err
	}
	in.sandbox.keys = true
	alerts, err := f.alerts.open(cmd, in)
	if err != nil {
		return err
	}
	files, cannotSave := in.maker(cmd, ".", regexp.MustCompile(top.SaveNames))
	if cannotSave == nil {
		defer func() { err = watch.Both(err, files.Close()) }()
	}
	feed, err := f.loadStore(cmd, in)
	if err != nil {
		return watch.Both(err, alerts.Close())
	}
	cmd.SetErr(screen.Status())
	o := f.storedOptions(cmd, in, feed)
	o.Save = saver(files, cannotSave)
	return f.show(screen, feed, o, view, alerts)
}

// printStored prints what the screen shows at the last time in the store.
func (f *topFlags) printStored(cmd *cobra.Command, in *input, view top.View) error {
	alerts, err := f.alerts.open(cmd, in)
	if err != nil {
		return err
	}
	feed, err := f.loadStore(cmd, in)
	if err != nil {
		return watch.Both(err, alerts.Close())
	}
	e := feed.Counts()
	e.SetRules(f.prefers.Rules)
	e.OnAlert(alerts.Add)
	feed.CountAll()
	err = cli.Finish(nil, func() error {
		if f.plain {
			return writeChanges(cmd.OutOrStdout(), top.NewReporter(e, top.Always))
		}
		o := f.storedOptions(cmd, in, feed)
		o.Player, o.Config = nil, f.prefers
		return in.writeOnce(cmd, o, view)
	})
	return watch.Both(err, alerts.Close())
}

// loadStore reads the store inside the sandbox.
func (f *topFlags) loadStore(cmd *cobra.Command, in *input) (*watch.Stored, error) {
	in.keeps = top.Memory + watch.Memory
	only, err := f.of.only.Filter()
	if err != nil {
		return nil, cli.Wrong(err)
	}
	s, err := f.from.open(cmd, in, &f.of, only)
	if err != nil {
		return nil, err
	}
	feed, err := watch.NewStored(s.store, flow.Options{Memory: in.tableMemory()})
	var much *watch.TooMuchError
	if errors.As(err, &much) { // other errors name the file or the server
		err = fmt.Errorf("%s: %w", f.from.from, err)
	}
	if err != nil {
		return nil, err
	}
	s.missing()
	return feed, nil
}

// storedOptions returns what the screen shows for a store.
func (f *topFlags) storedOptions(cmd *cobra.Command, in *input, feed *watch.Stored) top.Options {
	o := in.topOptions(cmd, feed, nil)
	o.Player, o.Source = feed, []string{"--from", f.from.from}
	name := f.from.from
	if !f.from.isServer() {
		name = filepath.Base(filepath.Clean(name))
	}
	o.Name = textutil.Escape(name)
	return o
}
