package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/store"
	"github.com/portsniff/portsniff/internal/textutil"
)

// storeEvery is how often a live capture begins another input of its store.
const storeEvery = time.Minute

// A liveStore stores what is captured, an input a minute.
type liveStore struct {
	storeFlags
	dir string

	folder  *store.Folder
	counter *pipeline.Stored
	p       *pipeline.Pipeline
	sum     store.Summary
}

func (s *liveStore) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.dir, "store", "", "with -i: store flows and counts in `DIR`")
	s.storeFlags.add(cmd)
}

// check finds mistakes in the flags.
func (s *liveStore) check(cmd *cobra.Command, in *input, write *writeFlags) error {
	for _, name := range []string{"sensor", "idle-timeout", "active-timeout", "max-size"} {
		if s.dir == "" && cmd.Flags().Changed(name) {
			return fmt.Errorf("--%s needs --store DIR", name)
		}
	}
	switch {
	case s.dir == "":
		return nil
	case in.live.iface == "":
		return errors.New("--store needs -i INTERFACE; for captures in files: portsniff export")
	case write.file != "":
		return errors.New("--store and -w: use only one of them")
	}
	return s.storeFlags.check()
}

// run captures until it is stopped.
func (s *liveStore) run(cmd *cobra.Command, in *input) (err error) {
	opt, err := in.options(cmd, true)
	if err != nil {
		return err
	}
	s.p = pipeline.New(opt)
	defer cli.Close(s.p, &err)
	if s.folder, err = s.open(cmd, in, s.dir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.folder.Files.Close()) }()
	if err := in.confine(cmd, nil); err != nil {
		return err
	}
	s.sum = summaryOf(cmd, s.p.Live().Name)
	first, err := s.folder.NextInput(0)
	if err != nil {
		return err
	}
	s.counter = pipeline.NewStored(first, s.options(in.tableMemory(), nil))
	s.p.Every(storeEvery, s.next)
	err = s.p.Count(s.counter)
	sum, statsErr := s.summary()
	if e := errors.Join(statsErr, s.counter.Close(sum)); e != nil {
		return errors.Join(err, &outputError{Err: e})
	}
	_, e := fmt.Fprintf(cmd.OutOrStdout(), "%s stored: %s\n",
		textutil.Plural(s.counter.Inputs, "input"),
		textutil.Plural(s.counter.Ports.Total.Packets, "packet"))
	if e != nil {
		err = errors.Join(err, &outputError{Err: e})
	}
	return err
}

// next begins the input of another minute.
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

// summary describes an input. The counts of packets are those since the start.
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
