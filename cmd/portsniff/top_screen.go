package main

import (
	"errors"
	"io"
	"os"
	"regexp"
	"time"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/outfile"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/top"
	"github.com/portsniff/portsniff/internal/watch"
)

// run shows a capture until the user quits.
func (f *topFlags) run(cmd *cobra.Command, in *input, view top.View) (err error) {
	screen, err := in.openScreen(cmd)
	if err != nil {
		return err
	}
	cmd.SetErr(screen.Status())
	in.sandbox.keys, in.keeps = true, top.Memory
	opt, err := in.options(cmd, false)
	if err != nil {
		return err
	}
	alerts, err := f.alerts.open(cmd, in)
	if err != nil {
		return errors.Join(err, opt.Source.Close())
	}
	files, cannotSave := in.maker(cmd, ".", regexp.MustCompile(top.SaveNames))
	if cannotSave == nil {
		defer func() { err = watch.Both(err, files.Close()) }()
	}
	feed, o, err := in.feed(cmd, opt)
	if err != nil {
		return errors.Join(err, opt.Source.Close())
	}
	o.Save = saver(files, cannotSave)
	return f.show(screen, feed, o, view, alerts)
}

// openScreen finds the terminal, and starts the process that restores it if this one is killed.
func (in *input) openScreen(cmd *cobra.Command) (*watch.Screen, error) {
	screen, err := watch.OpenScreen(cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
	if err != nil {
		return nil, err
	}
	mode, err := in.mode(cmd)
	if err = errors.Join(err, in.sandbox.mayBe(os.Geteuid())); err != nil || mode == "" {
		return screen, err
	}
	if err := screen.Guard(mode, in.sandbox.user); err != nil {
		term.Notice(cmd.ErrOrStderr(), "%s", err.Error())
	}
	return screen, nil
}

// show runs the screen until the user quits.
func (f *topFlags) show(screen *watch.Screen, feed watch.Feed, o top.Options, view top.View,
	alerts *watch.AlertLog) error {
	o.Pause, o.Config = screen.Pause(), f.prefers
	feed.Counts().SetRules(f.prefers.Rules)
	feed.Counts().OnAlert(alerts.Add)
	m := top.New(o)
	m.Show(view)
	return watch.Both(screen.Run(m, feed, o.Live), alerts.Close())
}

// saver returns a function that creates files in the working directory. cannot is why files cannot
// be created, nil if they can; everything else works.
func saver(files outfile.Maker, cannot error) top.Saver {
	if cannot != nil {
		return func(string, func(io.Writer) error) (string, error) { return "", cannot }
	}
	var names top.Namer
	return func(ending string, write func(io.Writer) error) (string, error) {
		name := names.Name(time.Now(), ending)
		out, err := files.Create(name)
		if err != nil {
			return name, err
		}
		if err := write(out); err != nil {
			return name, errors.Join(err, out.Discard())
		}
		return name, out.Commit()
	}
}

// feed returns the source of what the screen shows, and closes the sandbox. It returns an error if
// a file cannot be read at all, before the terminal changes.
func (in *input) feed(cmd *cobra.Command, opt pipeline.Options) (watch.Feed, top.Options, error) {
	_, live := opt.Source.(*pipeline.Live)
	if !live && !in.piped() {
		p := watch.NewFile(opt, func() (pipeline.Source, error) { return in.open(cmd) })
		o := in.topOptions(cmd, p, nil)
		o.Player = p
		if err := in.confine(cmd, nil); err != nil {
			return nil, o, err
		}
		return p, o, p.Begin()
	}
	opt.Signals = live // a signal must not stop the screen between two packets of a pipe
	p := pipeline.New(opt)
	if err := errors.Join(in.watchProcesses(cmd, p), in.confine(cmd, nil)); err != nil {
		return nil, top.Options{}, err
	}
	s := watch.NewStream(p)
	return s, in.topOptions(cmd, s, p.Live()), nil
}
