package main

import (
	"errors"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/filter"
)

// linuxSocket says that live filters run on a Linux packet socket. Elsewhere a filter sees the frame as a file has it, and the kernel tells nothing more.
const linuxSocket = runtime.GOOS == "linux"

// A liveFilter hands the words' filter to the kernel, where that can run it.
type liveFilter struct {
	cmd      *cobra.Command
	words    *selection
	attached bool // the kernel has it, and nobody else need look
}

// newLiveFilter is nil where the sieve has no filter of that kind.
func newLiveFilter(cmd *cobra.Command, s *sieve) *liveFilter {
	if s == nil || s.capture == nil || s.capture.expr == "" {
		return nil
	}
	return &liveFilter{cmd: cmd, words: s.capture}
}

// rest is what is left of the sieve for us.
func (f *liveFilter) rest(s *sieve) *sieve {
	if f == nil || !f.attached {
		return s
	}
	s.capture, s.missed = nil, nil // what the kernel leaves out nobody sees
	if s.facts == nil {
		return nil
	}
	return s
}

// compile is what capture.LiveOptions asks for. What a kernel can't run, and what looks into a cooked header that only we make, is left to the sieve.
func (f *liveFilter) compile(link capture.LinkType, snapLen int) ([]capture.Instruction, error) {
	opt := f.words.options(link)
	opt.SnapLen, opt.Live = uint32(snapLen), linuxSocket
	p, err := filter.Compile(f.words.expr, opt)
	if err != nil && opt.Link == filter.LinkSLL2 {
		opt.Live = false
		if _, ours := filter.Compile(f.words.expr, opt); ours == nil {
			return capture.AcceptAll(snapLen), nil
		}
	}
	if err != nil {
		return nil, badFilter(f.cmd, nil, err)
	}
	raw, err := p.Raw()
	if errors.Is(err, filter.ErrLoop) || errors.Is(err, filter.ErrLong) {
		return capture.AcceptAll(snapLen), nil
	}
	if err != nil {
		return nil, err
	}
	f.attached = true
	program := make([]capture.Instruction, len(raw))
	for i, in := range raw {
		program[i] = capture.Instruction(in)
	}
	return program, nil
}
