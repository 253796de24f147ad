package selection

import (
	"io"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/textutil"
)

// A flowFilter selects the packets of one flow, and the ICMP errors that quote it. It counts all
// packets that it receives in its own flow table. So flows have the same numbers as in the command
// flows.
type flowFilter struct {
	number  uint64
	table   *flow.Table
	decoder flow.Decoder
	last    uint64 // highest flow number so far
}

func newFlowFilter(number uint64, memory int) *flowFilter {
	return &flowFilter{number: number, table: flow.NewTable(flow.Options{Memory: memory})}
}

func (f *flowFilter) match(r *capture.Record) (match bool) {
	for _, m := range f.table.Add(f.decoder.Decode(r), r.Length, r.Nanos, r.Number) {
		match = match || m.Number == f.number
		f.last = max(f.last, m.Number)
	}
	return match
}

// report writes the number of flows if it is too low.
func (f *flowFilter) report(w io.Writer) {
	if f.last < f.number {
		are := "are"
		if f.last == 1 {
			are = "is"
		}
		term.Notice(w, "--flow %d: there %s only %s", f.number, are,
			textutil.Plural(f.last, "flow"))
	}
}
