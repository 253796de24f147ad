package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/explain"
	"github.com/portsniff/portsniff/internal/pipeline"
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
	maxExplained = 1000     // frames, unless --max-packets says otherwise
	readOn       = 100_000  // frames that are read on for a reply or a first fragment
	maxHeld      = 24 << 20 // bytes of frames that are kept meanwhile
	// bytes of a frame that is not kept: it is explained with what came before it
	largeFrame  = 1 << 20
	frameMemory = 4 << 10 // bytes that a frame takes besides its own
)

// most is how many packets are explained.
func (f *explainFlags) most(unless int) int {
	if f.maxPackets > 0 {
		return f.maxPackets
	}
	return unless
}

func tooMany(most int) error {
	return fmt.Errorf("more than %d packets are not explained at once; --max-packets N allows more",
		most)
}

var errNonePassed = errors.New("no frame that was asked for passes the filter")

// A search looks through a capture for the frames asked for, and on for what answers them. A frame
// is drawn when nothing more can be found out about it and all frames before it are drawn; or, if
// too much waits, with what is known by then.
type search struct {
	wanted frameSet
	most   int  // frames
	keep   bool // frames stay when they are drawn
	draw   func(*explain.Subject) error

	held   []*explain.Subject // that were found and are not drawn, oldest first
	bytes  int                // that these take
	found  int                // frames in all
	latest int64              // the number of the last one
	seen   int64              // the last frame read
	tooBig bool
	early  bool // it ended before the input did
	full   bool // no more can be drawn

	only   *selection.PacketFilter // of the frames asked for, nil for all
	limit  int64                   // of those that pass, 0 for none
	passed int64
	failed error // of the filter
}

// fromCapture gives draw the frames asked for, or the first with ports; where none has ports, the
// first of all.
func (f *explainFlags) fromCapture(cmd *cobra.Command, in *input,
	draw func(*explain.Subject) error) (err error) {
	wanted, err := parseFrames(f.frames)
	if err != nil {
		return &usageError{fmt.Errorf("--frame %w", err), cmd.CommandPath()}
	}
	opt, err := in.options(cmd, !term.Is(cmd.OutOrStdout()))
	if err != nil {
		return err
	}
	look := &search{wanted: wanted, most: f.most(maxExplained), keep: f.compare != "", draw: draw,
		only: opt.Filter}
	if look.only != nil { // all frames are read: those that don't pass may answer those that do
		defer look.only.Report(opt.Status)
		look.limit, opt.Limit, opt.Filter = opt.Limit, 0, nil
	}
	p := pipeline.New(opt)
	defer closing(p, &err)
	if err := in.confine(cmd, nil); err != nil {
		return err
	}
	var first *explain.Subject
	onwards := p.Size() > 0 // a stream may go on for ever
	err = p.Each(func(fr *analysis.Frame) error {
		rec := p.Packet().Record()
		passes := look.passes(&rec)
		if first == nil && wanted == nil && passes {
			first = &explain.Subject{Frame: fr.Clone()}
		}
		return look.frame(fr, passes, onwards)
	})
	err = errors.Join(err, look.failed)
	switch {
	case look.tooBig:
		err = errors.Join(err, tooMany(look.most))
	case look.found == 0 && wanted == nil && first != nil:
		look.held = append(look.held, first)
	case err == nil && !look.full && look.seen < wanted.last():
		err = &usageError{fmt.Errorf("--frame %s: the input has only %d frames", f.frames,
			look.seen), cmd.CommandPath()}
	case err == nil && look.found == 0 && look.only != nil:
		term.Notice(opt.Status, "%v", errNonePassed)
	}
	return look.rest(err, err == nil && !look.early && in.count == 0)
}

// passes reports whether the filter lets a frame be explained.
func (l *search) passes(r *capture.Record) bool {
	if l.only == nil {
		return true
	}
	if l.failed != nil || l.limit > 0 && l.passed == l.limit {
		return false
	}
	yes, err := l.only.Match(r)
	l.failed = err
	if yes {
		l.passed++
	}
	return yes
}

// frame looks at one frame of the capture, which may be explained if it passes.
func (l *search) frame(f *analysis.Frame, passes, onwards bool) error {
	if l.failed != nil {
		return pipeline.ErrEnough
	}
	l.seen = f.Number
	for _, s := range l.held {
		s.Follow(f)
	}
	if passes && l.asks(f) {
		if l.found == l.most {
			l.tooBig, l.early = true, true
			return pipeline.ErrEnough
		}
		l.found, l.latest = l.found+1, f.Number
		if err := l.take(f); err != nil {
			return err
		}
	}
	if err := l.release(); err != nil {
		return err
	}
	complete := l.found > 0 && f.Number >= l.wanted.last()
	switch {
	case l.limit > 0 && l.passed == l.limit && l.found == 0,
		complete && (!onwards || l.settled() || f.Number > l.latest+readOn):
		l.early = true
		return pipeline.ErrEnough
	}
	return nil
}

// asks reports whether a frame is to be explained.
func (l *search) asks(f *analysis.Frame) bool {
	if l.wanted == nil {
		return l.found == 0 && len(f.Transport) > 0 && f.Packet.NoPorts == decode.HasPorts
	}
	return l.wanted.has(f.Number)
}

// take keeps a frame that was found, or draws it if it is too large to be kept.
func (l *search) take(f *analysis.Frame) error {
	size := len(f.Packet.Data)
	if size > largeFrame && !l.keep {
		if err := l.drain(0); err != nil {
			return err
		}
		return l.show(&explain.Subject{Frame: f})
	}
	l.held = append(l.held, &explain.Subject{Frame: f.Clone()})
	l.bytes += size + frameMemory
	return l.drain(maxHeld)
}

// drain draws the oldest frames until those that are left take so many bytes at most.
func (l *search) drain(bytes int) error {
	for l.bytes > bytes && !l.keep {
		if err := l.next(); err != nil {
			return err
		}
	}
	return nil
}

// release draws frames about which nothing more can be found out, when it is their turn.
func (l *search) release() error {
	for len(l.held) > 0 && l.held[0].Settled() && !l.keep {
		if err := l.next(); err != nil {
			return err
		}
	}
	return nil
}

// next draws the oldest frame that waits.
func (l *search) next() error {
	s := l.held[0]
	l.held[0], l.held = nil, l.held[1:]
	l.bytes -= len(s.Packet.Data) + frameMemory
	return l.show(s)
}

func (l *search) show(s *explain.Subject) error {
	err := l.draw(s)
	l.full = errors.Is(err, pipeline.ErrEnough)
	return err
}

// rest draws all that wait. whole says that the whole capture was read; err is the error that
// reading ended with, and is handed on.
func (l *search) rest(err error, whole bool) error {
	var out *outputError
	if errors.As(err, &out) {
		return err
	}
	for len(l.held) > 0 {
		l.held[0].Whole = whole
		switch e := l.next(); {
		case errors.Is(e, pipeline.ErrEnough):
			return err
		case e != nil:
			return errors.Join(err, &outputError{Err: e})
		}
	}
	return err
}

// settled reports whether nothing is left to be found out about the frames.
func (l *search) settled() bool {
	return !slices.ContainsFunc(l.held, func(s *explain.Subject) bool { return !s.Settled() })
}
