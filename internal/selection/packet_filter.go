// Package selection decides which packets of an input are shown: by a capture filter in tcpdump's
// language and by an expression over decoded facts.
package selection

import (
	"io"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/textutil"
)

// Options select packets.
type Options struct {
	Capture *CaptureFilter // nil for no capture filter
	Where   *string        // an expression over decoded facts, nil for none
	Flow    uint64         // only the flow with this number among the selected packets; 0 for all

	// CountMissed counts the packets with a port of the capture filter that the filter misses,
	// such as those in tunnels. Without CountMissed they are counted only until the first match.
	CountMissed bool
	// NoProcesses says why an expression cannot use processes; nil if it can.
	NoProcesses error
	// Memory limits the flow table that Where uses to determine client and server, and that of
	// Flow, in bytes.
	Memory int
}

// A PacketFilter selects packets. Nil selects all.
type PacketFilter struct {
	capture *CaptureFilter  // nil for none
	where   *whereFilter    // nil for none
	missed  *falseNegatives // nil for none
	flow    *flowFilter     // nil for none

	countMissed          bool  // until the end of the input
	seen, kept, selected int64 // packets: all, matched by capture, by where too
}

// New returns the filter for the options, or nil if they select all packets. Errors are *Error.
func New(opt Options) (*PacketFilter, error) {
	f := &PacketFilter{capture: opt.Capture, countMissed: opt.CountMissed}
	if opt.Where != nil {
		var err error
		if f.where, err = newWhereFilter(&opt); err != nil {
			return nil, err
		}
	}
	if opt.Flow != 0 {
		f.flow = newFlowFilter(opt.Flow, opt.Memory)
	}
	if f.capture == nil && f.where == nil && f.flow == nil {
		return nil, nil
	}
	f.missed = newFalseNegatives(f.capture)
	return f, nil
}

// UsesProcesses reports whether the filter uses processes of this host. It then needs an
// Attributor.
func (f *PacketFilter) UsesProcesses() bool {
	return f != nil && f.where != nil && f.where.expr.AsksProcesses()
}

// SetAttributor sets the source of processes for a filter that UsesProcesses.
func (f *PacketFilter) SetAttributor(a *analysis.Attributor) { f.where.analyzer.Attributor = a }

// Match reports whether a packet is selected. Errors are *Error.
func (f *PacketFilter) Match(r *capture.Record) (bool, error) {
	match := true
	f.seen++
	if f.capture != nil {
		var err error
		if match, err = f.capture.match(r); err != nil {
			return false, err
		}
	}
	if f.missed != nil && (f.countMissed || f.kept == 0) {
		f.missed.packet(r, match)
	}
	if !match {
		return false, nil
	}
	f.kept++
	if f.where != nil {
		var err error
		if match, err = f.where.match(r); err != nil || !match {
			return false, err
		}
	}
	f.selected++
	return f.flow == nil || f.flow.match(r), nil
}

// Report writes which packets the filter left out unintentionally.
func (f *PacketFilter) Report(w io.Writer) {
	if f == nil {
		return
	}
	if f.capture != nil && f.capture.skipped > 0 {
		term.Notice(w, "left out %s of other link types, which the filter can't look into",
			textutil.Plural(uint64(f.capture.skipped), "packet"))
	}
	switch {
	case f.seen == 0:
	case f.kept == 0:
		term.Notice(w, "none of %s matches the filter", textutil.Plural(uint64(f.seen), "packet"))
		if f.missed != nil && !f.countMissed {
			f.missed.explain(w)
		}
	case f.selected == 0:
		term.Notice(w, "--where is true for none of %s",
			textutil.Plural(uint64(f.kept), "packet"))
	}
	if f.missed != nil && f.countMissed {
		f.missed.report(w)
	}
	if f.flow != nil && f.selected > 0 {
		f.flow.report(w)
	}
}
