package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
)

// A sieve lets the packets through that the command line asks for. Nil lets all through.
type sieve struct {
	cmd     *cobra.Command
	capture *selection  // words or -F, nil for none
	facts   *factFilter // --where, nil for none
	missed  *missed     // -v, nil for none
}

// newSieve reads what the flags and the words behind them say, and gives nil where they say nothing.
func newSieve(cmd *cobra.Command, in *input) (*sieve, error) {
	if !in.filter.added {
		return nil, nil
	}
	sel, err := in.selection(cmd)
	if err != nil {
		return nil, err
	}
	facts, err := newFactFilter(cmd, &in.filter, in)
	if err != nil || sel == nil && facts == nil {
		return nil, err
	}
	s := &sieve{cmd: cmd, capture: sel, facts: facts}
	if in.filter.verbose != nil && *in.filter.verbose > 0 {
		s.missed = newMissed(sel)
	}
	return s, nil
}

// asksProcesses tells whether --where asks for the processes of this host.
func (s *sieve) asksProcesses() bool {
	return s != nil && s.facts != nil && s.facts.expr.AsksProcesses()
}

// pass tells whether a packet is let through. Its number is that in the whole input.
func (s *sieve) pass(r *capture.Record, number int64) (bool, error) {
	yes := true
	if s.capture != nil {
		var err error
		if yes, err = s.capture.match(s.cmd, r); err != nil {
			return false, err
		}
	}
	if s.missed != nil {
		s.missed.see(r, number, yes)
	}
	if !yes || s.facts == nil {
		return yes, nil
	}
	yes, err := s.facts.match(r, number)
	if err != nil {
		return false, &usageError{&whereError{err}, s.cmd.CommandPath()}
	}
	return yes, nil
}

// records hands on those of a batch that pass, in runs that follow one another, and no more than a limit where that is above 0.
func (s *sieve) records(list []capture.Record, first, limit int64, to func([]capture.Record, int64)) (passed int64, err error) {
	start := 0
	flush := func(end int) {
		if end > start {
			to(list[start:end], first+int64(start))
		}
		start = end + 1
	}
	for i := range list {
		yes, err := s.pass(&list[i], first+int64(i))
		if err != nil {
			return passed, err
		}
		if !yes {
			flush(i)
			continue
		}
		if passed++; passed == limit {
			flush(i + 1)
			return passed, nil
		}
	}
	flush(len(list))
	return passed, nil
}

// end says at the end what the filters left out without being asked to.
func (s *sieve) end() {
	if s == nil {
		return
	}
	w := s.cmd.ErrOrStderr()
	if s.capture != nil && s.capture.left > 0 {
		fmt.Fprintf(w, "portsniff: left out %s of other link types, which the filter can't look into\n", plural(uint64(s.capture.left)))
	}
	if s.missed != nil {
		s.missed.report(w)
	}
}

// A walked packet is decoded apart from what the session does, so that filtering changes nothing else.
type walked struct {
	packet    decode.Packet
	fragments *decode.Fragments
	frame     analysis.Frame
}

func newWalked() walked { return walked{fragments: decode.NewFragments(0)} }

// walk decodes a packet and lends it its first fragment's ports.
func (w *walked) walk(r *capture.Record, number int64) *analysis.Frame {
	at := time.Time{}
	if r.Nanos != capture.NoTime {
		at = time.Unix(0, r.Nanos)
	}
	w.packet.Decode(r.Link, r.Data, int(r.Length))
	w.fragments.Observe(&w.packet, number, at)
	w.frame.Packet, w.frame.Number, w.frame.Len = &w.packet, number, int(r.Length)
	return &w.frame
}
