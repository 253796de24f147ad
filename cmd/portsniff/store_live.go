package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/store"
	"github.com/portsniff/portsniff/internal/term"
)

// A liveStore stores a live capture, with a new input every minute. It works alone, or together
// with a command that shows the capture.
type liveStore struct {
	storeFlags
	dir  string
	only *flow.Filter // selects what counts; nil for all

	folder *store.Folder
	store  *pipeline.LiveStore
}

func (s *liveStore) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.dir, "store", "", "with -i: store flows and counts in `DIR`")
	s.storeFlags.add(cmd)
}

// check returns an error for flags that are missing or not allowed.
func (s *liveStore) check(cmd *cobra.Command, in *input) error {
	for _, name := range []string{"sensor", "idle-timeout", "active-timeout", "max-size"} {
		records := strings.HasSuffix(name, "timeout") && cmd.Flags().Lookup("ipfix") != nil
		if s.dir == "" && cmd.Flags().Changed(name) && !records { // records check these
			return fmt.Errorf("--%s needs --store DIR", name)
		}
	}
	switch {
	case s.dir == "":
		return nil
	case in.live.iface == "":
		return errors.New("--store needs -i INTERFACE; for captures in files: portsniff export")
	}
	return s.storeFlags.check(cmd)
}

// start calls check for a command that shows the capture. It gives one half of the memory for flows
// to the store, and the other to what is shown.
func (s *liveStore) start(cmd *cobra.Command, in *input, only *flow.Filter) error {
	if err := s.check(cmd, in); err != nil {
		return cli.Wrong(err)
	}
	if s.only = only; s.dir != "" {
		in.memory /= 2
		in.keeps += int64(in.memory)
	}
	return nil
}

// run captures until it is stopped, and shows no packets or tables.
func (s *liveStore) run(cmd *cobra.Command, in *input) (err error) {
	opt, err := in.options(cmd, true)
	if err != nil {
		return err
	}
	p := pipeline.New(opt)
	defer cli.Close(p, &err)
	defer func() { err = errors.Join(err, s.close()) }()
	if err := errors.Join(s.prepare(cmd, in, p), in.confine(cmd, nil)); err != nil {
		return err
	}
	complete, err := s.store.Run()
	if !complete {
		return err
	}
	if _, e := fmt.Fprintln(cmd.OutOrStdout(), s.text()); e != nil {
		err = errors.Join(err, &outputError{Err: e})
	}
	return err
}

// prepare opens the folder before the sandbox closes. Without --store, prepare, also, ended and
// close do nothing.
func (s *liveStore) prepare(cmd *cobra.Command, in *input, p *pipeline.Pipeline) (err error) {
	if s.dir == "" {
		return nil
	}
	if s.folder, err = s.open(cmd, in, s.dir); err == nil {
		s.store = pipeline.NewLiveStore(p, s.folder, summaryOf(cmd, p.Live().Name),
			s.options(in.tableMemory(), s.only))
	}
	return err
}

// also starts to store what the pipeline will count or show.
func (s *liveStore) also() error {
	if s.dir == "" {
		return nil
	}
	return s.store.Beside()
}

// ended ends the last input that also started, and prints how much is in the store.
func (s *liveStore) ended(status io.Writer) error {
	if s.store == nil {
		return nil
	}
	if err := s.store.End(); err != nil {
		return err
	}
	term.Notice(status, "%s", s.text())
	return nil
}

// text returns how much is in the store.
func (s *liveStore) text() string { return s.store.String() + removed(s.folder) }

// close stops the helper that creates files.
func (s *liveStore) close() error {
	if s.folder == nil {
		return nil
	}
	return s.folder.Files.Close()
}
