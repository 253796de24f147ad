package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/owner"
	"github.com/portsniff/portsniff/internal/sandbox"
	"github.com/portsniff/portsniff/render"
)

// addProcess adds the flag of commands that tell whose process a packet is of.
func (f *liveFlags) addProcess(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.process, "process", true, "with -i: tell which process of this host has each flow, where that may be seen (Linux); --process=false: don't look")
}

// watchOwners has the processes of this host looked for while packets are captured. It comes before the sandbox, which leaves no way to. Where it can't be
// done the capture goes on without.
func (s *session) watchOwners(cmd *cobra.Command, in *input) {
	if s.live() == nil || !in.live.process || cmd.Context().Value(processKey{}) == nil {
		return
	}
	mode := sandbox.Mode(in.sandbox.mode) // it was checked
	watch, err := owner.StartHelper(mode, in.sandbox.user)
	if errors.Is(err, owner.ErrNotSupported) && !cmd.Flags().Changed("process") {
		return
	}
	if err != nil {
		fmt.Fprintf(s.status, "portsniff: no process names: %s\n", render.Escape(err.Error()))
		return
	}
	s.watch = watch
	s.owners = render.NewOwners((&finder{watch: watch, began: time.Now()}).find)
	s.holders = render.NewHolders(watch.Ask)
	s.flows.Began(s.holders.Began)
}

// Times of taking answers for tables.
const (
	gatherEvery = 100 * time.Millisecond
	settleMost  = 500 * time.Millisecond // that a last table waits for answers
)

// gatherOwners takes what was found since the last time, if it is time.
func (s *session) gatherOwners() {
	if s.holders == nil {
		return
	}
	if now := time.Now(); now.Sub(s.gathered) >= gatherEvery {
		s.gathered = now
		s.holders.Gather()
	}
}

// settleOwners waits a moment for what is being looked for when a capture ends.
func (s *session) settleOwners() {
	if s.holders == nil {
		return
	}
	for end := time.Now().Add(settleMost); s.holders.Gather() && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
}

// A connection's first packet waits for its owner, as it may be the only chance to see a short one's, but never so long that packets are lost for it.
const (
	waitFirst = 60 * time.Millisecond // at most for one packet
	waitShare = 20                    // at most one part in so many of all time
)

// A finder asks a watch.
type finder struct {
	watch  *owner.Watch
	began  time.Time
	waited time.Duration
}

func (f *finder) find(src, dst owner.Flow, fresh bool) (ofSrc, ofDst owner.Owner) {
	ofDst = f.watch.Owner(dst, fresh)
	if !fresh || f.waited*waitShare > time.Since(f.began) {
		return f.watch.Owner(src, fresh), ofDst
	}
	began := time.Now()
	ofSrc = f.watch.Await(src, fresh, waitFirst)
	f.waited += time.Since(began)
	return ofSrc, f.watch.Owner(dst, false) // they were looked for together
}

// endWatch ends the looking, and says so if it had ended before.
func (s *session) endWatch() {
	if s.watch == nil {
		return
	}
	if err := errors.Join(s.watch.Err(), s.watch.Close()); err != nil {
		fmt.Fprintf(s.status, "portsniff: process names: %s\n", render.Escape(err.Error()))
	}
	s.watch = nil
}
