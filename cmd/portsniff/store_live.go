package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/store"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/textutil"
)

// storeEvery is how often a live capture starts a new input in its store.
const storeEvery = time.Minute

// A liveStore stores a live capture, with a new input every minute. It works alone, or together
// with a command that shows the capture.
type liveStore struct {
	storeFlags
	dir  string
	only *flow.Filter // selects what counts; nil for all

	memory  int // for flows, in bytes
	folder  *store.Folder
	counter *pipeline.Stored
	p       *pipeline.Pipeline
	sum     store.Summary
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
	if err := s.begin(); err != nil {
		return err
	}
	p.Every(storeEvery, s.next)
	err = p.Count(s.counter)
	if e := s.end(); e != nil {
		return errors.Join(err, e)
	}
	if _, e := fmt.Fprintln(cmd.OutOrStdout(), s.stored()); e != nil {
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
	s.p, s.memory, s.sum = p, in.tableMemory(), summaryOf(cmd, p.Live().Name)
	s.folder, err = s.open(cmd, in, s.dir)
	return err
}

// begin starts the first input.
func (s *liveStore) begin() error {
	first, err := s.folder.NextInput(0)
	if err != nil {
		return err
	}
	s.counter = pipeline.NewStored(first, s.options(s.memory, s.only))
	return nil
}

// also starts to store what the pipeline will count or show.
func (s *liveStore) also() error {
	if s.dir == "" {
		return nil
	}
	if err := s.begin(); err != nil {
		return err
	}
	s.p.Store(s.counter, storeEvery, s.next)
	return nil
}

// ended ends the last input that also started, and prints how much is in the store.
func (s *liveStore) ended(status io.Writer) error {
	if s.counter == nil {
		return nil
	}
	if err := s.end(); err != nil {
		return err
	}
	term.Notice(status, "%s", s.stored())
	return nil
}

// end ends the last input.
func (s *liveStore) end() error {
	sum, statsErr := s.summary()
	if err := errors.Join(statsErr, s.counter.Close(sum)); err != nil {
		return &outputError{Err: err}
	}
	return nil
}

// stored returns how much is in the store, as text.
func (s *liveStore) stored() string {
	return textutil.Plural(s.counter.Inputs, "input") + " stored: " +
		textutil.Plural(s.counter.Ports.Total.Packets, "packet") + removed(s.folder)
}

// close stops the helper that creates files.
func (s *liveStore) close() error {
	if s.folder == nil {
		return nil
	}
	return s.folder.Files.Close()
}

// next starts the input of the next minute.
func (s *liveStore) next() error {
	sum, err := s.summary()
	if err != nil {
		return err
	}
	next, err := s.folder.NextInput(s.counter.Last)
	if err != nil {
		return err
	}
	return s.counter.Next(time.Now().UnixNano(), sum, next)
}

// summary describes an input. Its packet counts are totals since the start of the capture.
func (s *liveStore) summary() (store.Summary, error) {
	st, err := s.p.Live().Stats()
	if err != nil {
		return s.sum, err
	}
	sum := s.sum
	sum.Complete = true
	sum.Live = &store.Live{Received: int64(st.Received),
		Dropped: int64(st.Dropped + st.InterfaceDropped)}
	return sum, nil
}
