package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/explain"
	"github.com/portsniff/portsniff/internal/selection"
	"github.com/portsniff/portsniff/internal/term"
)

// A frameRange is a run of frame numbers, both ends included.
type frameRange struct{ low, high int64 }

type frameSet []frameRange

// parseFrames reads "3" or "3,7-9"; nothing asked for is nil.
func parseFrames(text string) (out frameSet, err error) {
	if text == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		low, high, isRange := strings.Cut(part, "-")
		if !isRange {
			high = low
		}
		r := frameRange{}
		var errLow, errHigh error
		r.low, errLow = strconv.ParseInt(strings.TrimSpace(low), 10, 64)
		r.high, errHigh = strconv.ParseInt(strings.TrimSpace(high), 10, 64)
		if errLow != nil || errHigh != nil || r.low < 1 || r.high < r.low {
			return nil, fmt.Errorf("%q is no frame number: they count from 1, as 3 or 3,7-9", part)
		}
		out = append(out, r)
	}
	return out, nil
}

func (s frameSet) has(n int64) bool {
	for _, r := range s {
		if r.low <= n && n <= r.high {
			return true
		}
	}
	return false
}

// last is the highest number asked for.
func (s frameSet) last() (n int64) {
	for _, r := range s {
		n = max(n, r.high)
	}
	return n
}

// Bounds on what is kept and read for a few frames' sake.
const (
	maxExplained = 1000   // frames
	readOn       = 100000 // frames that are read on for a reply or a first fragment
)

var errTooMany = fmt.Errorf("more than %d frames are not explained at once", maxExplained)

var errNonePassed = errors.New("no frame that was asked for passes the filter")

// A search looks through a capture for the frames asked for, and on for what answers them.
type search struct {
	wanted frameSet
	found  []*explain.Subject
	seen   int64 // the last frame read
	tooBig bool
	early  bool // it ended before the input did

	only   *selection.PacketFilter // of the frames asked for, nil for all
	limit  int64                   // of those that pass, 0 for none
	passed int64
	failed error // of the filter
}

// fromCapture finds the frames asked for, or the first with ports; where none has ports, the first of all.
func (f *explainFlags) fromCapture(cmd *cobra.Command, in *input) (found []*explain.Subject, err error) {
	wanted, err := parseFrames(f.frames)
	if err != nil {
		return nil, &usageError{fmt.Errorf("--frame %w", err), cmd.CommandPath()}
	}
	s, err := newSession(cmd, in, true)
	if err != nil {
		return nil, err
	}
	defer closing(s, &err)
	if err := in.confine(cmd, nil); err != nil {
		return nil, err
	}
	look := &search{wanted: wanted, only: s.filter}
	if s.filter != nil { // all frames are looked at: those that don't pass may answer those that do
		defer look.only.Report(s.status)
		look.limit, s.limit, s.filter = s.limit, 0, nil
	}
	var first *explain.Subject
	onwards := s.src.Size() > 0 // a stream may go on for ever
	err = s.each(func(fr *analysis.Frame) error {
		rec := s.read.Record()
		passes := look.passes(&rec, fr.Number)
		if first == nil && passes {
			first = &explain.Subject{Frame: fr.Clone()}
		}
		return look.frame(fr, passes, onwards)
	})
	err = errors.Join(err, usageOf(cmd, look.failed))
	switch {
	case look.tooBig:
		err = errors.Join(err, errTooMany)
	case len(look.found) == 0 && wanted == nil && first != nil:
		look.found = append(look.found, first)
	case err == nil && look.seen < wanted.last():
		err = &usageError{fmt.Errorf("--frame %s: the input has only %d frames", f.frames, look.seen), cmd.CommandPath()}
	case err == nil && len(look.found) == 0 && look.only != nil:
		term.Notice(s.status, "%v", errNonePassed)
	}
	for _, s := range look.found {
		s.Whole = err == nil && !look.early && in.count == 0
	}
	return look.found, err
}

// passes tells whether the filter lets a frame be explained.
func (l *search) passes(r *capture.Record, number int64) bool {
	if l.only == nil {
		return true
	}
	if l.failed != nil || l.limit > 0 && l.passed == l.limit {
		return false
	}
	yes, err := l.only.Match(r, number)
	l.failed = err
	if yes {
		l.passed++
	}
	return yes
}

// frame looks at one frame of the capture, which may be explained if it passes.
func (l *search) frame(f *analysis.Frame, passes, onwards bool) error {
	if l.failed != nil {
		return errEnough
	}
	l.seen = f.Number
	for _, s := range l.found {
		s.Follow(f)
	}
	asked := l.wanted.has(f.Number) || l.wanted == nil && len(l.found) == 0 && len(f.Transport) > 0 && f.Packet.NoPorts == decode.HasPorts
	asked = asked && passes
	switch {
	case asked && len(l.found) == maxExplained:
		l.tooBig, l.early = true, true
		return errEnough
	case asked:
		l.found = append(l.found, &explain.Subject{Frame: f.Clone()})
	}
	if l.limit > 0 && l.passed == l.limit && len(l.found) == 0 {
		l.early = true
		return errEnough
	}
	complete := len(l.found) > 0 && f.Number >= l.wanted.last()
	if complete && (!onwards || l.settled() || f.Number > l.found[len(l.found)-1].Number+readOn) {
		l.early = true
		return errEnough
	}
	return nil
}

// settled reports whether nothing is left to be found out about the frames.
func (l *search) settled() bool {
	for _, s := range l.found {
		if !s.Settled() {
			return false
		}
	}
	return true
}
