package main

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/linktype"
	"golang.org/x/net/bpf"
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

// compile is what capture.LiveOptions asks for. What the kernel can't run, and what looks into a cooked header that only we make, is left to the sieve.
func (f *liveFilter) compile(link linktype.Type, snapLen int) ([]bpf.RawInstruction, error) {
	opt := f.words.options(link)
	opt.SnapLen, opt.Live = uint32(snapLen), linuxSocket
	p, err := filter.Compile(f.words.expr, opt)
	if err != nil {
		return f.afterwards(opt, snapLen, err)
	}
	raw, err := p.Raw()
	if err != nil {
		return f.afterwards(opt, snapLen, err)
	}
	f.attached = true
	return raw, nil
}

// afterwards takes every packet and leaves the filter to the sieve, which sees frames as a file has them: with VLAN tags and cooked headers, but without what
// only the kernel can tell. Where that is needed too, nothing can run the filter.
func (f *liveFilter) afterwards(opt filter.Options, snapLen int, cannot error) (
	[]bpf.RawInstruction, error) {
	opt.Live = false
	_, err := filter.Compile(f.words.expr, opt)
	switch {
	case err == nil:
		return capture.AcceptAll(snapLen), nil
	case errors.Is(cannot, filter.ErrLoop) || errors.Is(cannot, filter.ErrLong):
		return nil, badFilter(f.cmd, nil, fmt.Errorf("%w; but %w", cannot, err))
	}
	return nil, badFilter(f.cmd, nil, cannot)
}
