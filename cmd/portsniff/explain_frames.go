package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/explain"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/selection"
	"github.com/portsniff/portsniff/internal/term"
)

// Limits of what is explained, unless the flags set others.
const (
	maxExplained  = 1000    // frames of a capture
	defaultPasted = 100_000 // packets in pasted text
	defaultText   = 8 << 20 // bytes of pasted text
)

// maxOr returns the largest number of packets to explain: --max-packets, or fallback without it.
func (f *explainFlags) maxOr(fallback int) int {
	if f.maxPackets > 0 {
		return f.maxPackets
	}
	return fallback
}

var errNonePassed = errors.New("none of the requested frames passes the filter")

// fromCapture calls draw with the frames of --frame. Without --frame it uses the first frame with
// ports, or the first frame if none has ports.
func (f *explainFlags) fromCapture(cmd *cobra.Command, in *input,
	draw func(*explain.Subject) error) (err error) {
	wanted, err := explain.ParseFrames(f.frames)
	if err != nil {
		return cli.Wrongf("--frame %w", err)
	}
	opt, err := in.options(cmd, !term.Is(cmd.OutOrStdout()))
	if err != nil {
		return err
	}
	// Read all frames: a frame that does not pass the filter may be the reply to one that does.
	passing := &selection.Passing{Filter: opt.Filter}
	if opt.Filter != nil {
		defer opt.Filter.Report(opt.Status)
		passing.Limit, opt.Limit, opt.Filter = opt.Limit, 0, nil
	}
	p := pipeline.New(opt)
	defer cli.Close(p, &err)
	if err := in.confine(cmd, nil); err != nil {
		return err
	}
	search := &explain.Search{Wanted: wanted, Most: f.maxOr(maxExplained), Keep: f.compare != "",
		Stream: p.Size() <= 0, Draw: draw}
	err = p.Each(func(fr *analysis.Frame) error {
		rec := p.Packet().Record()
		passes := passing.Has(&rec)
		if passing.Err != nil {
			return pipeline.ErrEnough
		}
		done, err := search.Frame(fr, passes)
		if err == nil && (done || passing.All() && search.Found == 0) {
			err = pipeline.ErrEnough
		}
		return err
	})
	err = errors.Join(err, passing.Err)
	switch {
	case search.TooBig:
		err = errors.Join(err, explain.TooMany(search.Most))
	case err == nil && !search.Full && search.Seen < wanted.Last():
		err = cli.Wrongf("--frame %s: the input has only %d frames", f.frames,
			search.Seen)
	case err == nil && search.Found == 0 && passing.Filter != nil &&
		(wanted != nil || passing.N == 0):
		term.Notice(opt.Status, "%v", errNonePassed)
	}
	whole := err == nil && in.count == 0
	return cli.Finish(err, func() error { return search.End(whole) })
}
