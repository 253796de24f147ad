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

// Options say which packets are selected.
type Options struct {
	Capture *CaptureFilter // nil for none
	Where   *string        // an expression over decoded facts, nil for none

	// CountMissed counts the packets with a port of the capture filter that the filter does not
	// find, such as those in tunnels.
	CountMissed bool
	// NoProcesses is why an expression cannot ask for processes, nil if it can.
	NoProcesses error
	// Memory limits the flow table that Where takes client and server from, in bytes.
	Memory int
}

// A PacketFilter selects packets. Nil selects all.
type PacketFilter struct {
	capture *CaptureFilter  // nil for none
	where   *whereFilter    // nil for none
	missed  *falseNegatives // nil for none
}

// New returns the filter that the options ask for, nil if they ask for none. Errors are *Error.
func New(opt Options) (*PacketFilter, error) {
	f := &PacketFilter{capture: opt.Capture}
	if opt.Where != nil {
		var err error
		if f.where, err = newWhereFilter(&opt); err != nil {
			return nil, err
		}
	}
	if f.capture == nil && f.where == nil {
		return nil, nil
	}
	if opt.CountMissed {
		f.missed = newFalseNegatives(f.capture)
	}
	return f, nil
}

// UsesProcesses reports whether the filter asks for processes of this host. It then needs an
// Attributor.
func (f *PacketFilter) UsesProcesses() bool {
	return f != nil && f.where != nil && f.where.expr.AsksProcesses()
}

// SetAttributor sets where a filter that UsesProcesses finds them.
func (f *PacketFilter) SetAttributor(a *analysis.Attributor) { f.where.analyzer.Attributor = a }

// Match reports whether a packet is selected. number counts the packets of the whole input. Errors
// are *Error.
func (f *PacketFilter) Match(r *capture.Record, number int64) (bool, error) {
	match := true
	if f.capture != nil {
		var err error
		if match, err = f.capture.match(r); err != nil {
			return false, err
		}
	}
	if f.missed != nil {
		f.missed.packet(r, number, match)
	}
	if !match || f.where == nil {
		return match, nil
	}
	return f.where.match(r, number)
}

// Select passes the selected packets of a batch on, in runs of consecutive ones, and returns how
// many there were. first is the number of the first packet. A limit above 0 ends the selection
// after so many packets.
func (f *PacketFilter) Select(batch []capture.Record, first, limit int64,
	pass func(run []capture.Record, first int64)) (selected int64, err error) {
	start := 0
	flush := func(end int) {
		if end > start {
			pass(batch[start:end], first+int64(start))
		}
		start = end + 1
	}
	for i := range batch {
		match, err := f.Match(&batch[i], first+int64(i))
		if err != nil {
			return selected, err
		}
		if !match {
			flush(i)
			continue
		}
		if selected++; selected == limit {
			flush(i + 1)
			return selected, nil
		}
	}
	flush(len(batch))
	return selected, nil
}

// Report writes what the filter left out without being asked to.
func (f *PacketFilter) Report(w io.Writer) {
	if f == nil {
		return
	}
	if f.capture != nil && f.capture.skipped > 0 {
		term.Notice(w, "left out %s of other link types, which the filter can't look into",
			textutil.Plural(uint64(f.capture.skipped), "packet"))
	}
	if f.missed != nil {
		f.missed.report(w)
	}
}
