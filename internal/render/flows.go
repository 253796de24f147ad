package render

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
)

// A FlowView is a list of flows as it is to be shown.
type FlowView struct {
	*flow.Table
	By  flow.By
	Top int // at most so many, 0 for all

	Processes *analysis.ProcessTable // nil if no processes are looked up

	known verdicts
	text  rowText
}

// flows are the ones to be shown, in order.
func (v *FlowView) flows() iter.Seq[flow.Flow] { return v.Sorted(v.By, v.Top) }

// hidden is how many of them are left out.
func (v *FlowView) hidden() int {
	if v.Top > 0 && v.Top < v.Len() {
		return v.Len() - v.Top
	}
	return 0
}

// FlowTable writes the flows: client and server with the evidence, state, packets and bytes each
// way, what the payload looks like.
func FlowTable(w io.Writer, v *FlowView, style Style) error {
	flows := v.flows() // once, for putting them in order takes its time
	t := flowLines(v, flows, style)
	if v.Len() > 0 {
		if err := t.header(w, v.header()); err != nil {
			return err
		}
	}
	for f := range flows {
		if err := t.write(w, v.cells(&f)); err != nil {
			return err
		}
	}
	if err := v.contradictions(w); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%s%s%s\n%s", hidden(v.hidden(), "flow"), untrackedText(v.Processes),
		count(uint64(v.Len()), "flow"), summary(&v.Totals, v.Evicted))
	return err
}

// header names the columns; the last ones go first where there is no room.
func (v *FlowView) header() []string {
	header := []string{"proto", "client", "server", "state", "by", "sent", "received", "bytes"}
	if v.Processes != nil {
		header = append(header, processHead)
	}
	return append(header, "payload", "duration")
}

// cells are the columns of one flow. They stay as they are until the next call.
func (v *FlowView) cells(f *flow.Flow) []string {
	r, t := analysis.RolesOf(f), &v.text
	t.begin()
	t.word(f.Proto.String())
	t.add(appendEnd(t.text, r.ClientEnd, r.ClientService))
	t.add(appendEnd(t.text, r.ServerEnd, r.ServerService))
	t.word(string(f.State()))
	t.word(string(r.Evidence))
	t.add(appendGrouped(t.text, r.Sent.Packets))
	t.add(appendGrouped(t.text, r.Received.Packets))
	t.add(appendGrouped(t.text, f.Total().Bytes))
	if v.Processes != nil {
		t.word(flowProcesses(v.Processes, f, &r))
	}
	t.word(payloadOf(f))
	t.add(appendDuration(t.text, f))
	return t.cells()
}

// A rowText makes the cells of one row after another, in the same memory but for one string a row.
type rowText struct {
	text []byte
	ends []int
	list []string
}

// begin begins a row.
func (r *rowText) begin() { r.text, r.ends = r.text[:0], r.ends[:0] }

// word adds a cell.
func (r *rowText) word(cell string) { r.add(append(r.text, cell...)) }

// add adds a cell that was appended to text.
func (r *rowText) add(text []byte) { r.text, r.ends = text, append(r.ends, len(text)) }

// cells are the row's.
func (r *rowText) cells() []string {
	all, from := string(r.text), 0
	r.list = r.list[:0]
	for _, end := range r.ends {
		r.list = append(r.list, all[from:end])
		from = end
	}
	return r.list
}

// appendEnd writes address and port, the name after a slash, the range.
func appendEnd(out []byte, e flow.Endpoint, service string) []byte {
	out = strconv.AppendUint(appendHost(out, e.Addr), uint64(e.Port), 10)
	if service != "" {
		out = append(append(out, '/'), service...)
	}
	return append(append(out, ' '), annotate.RangeOf(e.Port).Short()...)
}

// appendDuration writes the time from a flow's first to its latest packet, in seconds.
func appendDuration(out []byte, f *flow.Flow) []byte {
	if f.Start == flow.NoTime {
		return append(out, '-')
	}
	span := f.End - f.Start
	if span < 0 { // centuries
		span = math.MaxInt64
	}
	return append(strconv.AppendFloat(out, time.Duration(span).Round(time.Microsecond).Seconds(),
		'f', 3, 64), " s"...)
}

// payloadOf is what a flow's first payloads look like: of either end, or of both where they differ.
func payloadOf(f *flow.Flow) string {
	a, b := f.Payloads[flow.A].String(), f.Payloads[flow.B].String()
	switch {
	case a == b, b == "":
		return a
	case a == "":
		return b
	}
	return a + "+" + b
}

// A surprise is a port and what flows say that count for it.
type surprise struct {
	flow.PortKey
	says annotate.Payload
}

// verdicts remembers what contradicts the assignment of each port that was asked of: there are many
// flows, and few ports.
type verdicts [decode.ProtoDCCP + 1]*[1 << 16]annotate.Payloads

func (v *verdicts) contradict(k flow.PortKey, says annotate.Payload) bool {
	ports := &v[int(k.Proto)%len(v)]
	if *ports == nil {
		*ports = new([1 << 16]annotate.Payloads)
	}
	set := &(*ports)[k.Port]
	if *set == 0 {
		// which contradicts nothing, and here means being known
		*set = annotate.Contradicting(k.Proto, k.Port).With(annotate.NoPayload)
	}
	return says != annotate.NoPayload && set.Has(says)
}

// of is what a flow's bytes say against the assignment of the port that it counts for, NoPayload if
// they don't.
func (v *verdicts) of(f *flow.Flow) surprise {
	s := surprise{PortKey: f.ServicePort()}
	for _, side := range [...]flow.Side{flow.A, flow.B} {
		if v.contradict(s.PortKey, f.Payloads[side]) {
			s.says = f.Payloads[side]
			break
		}
	}
	return s
}

// contradictions says where bytes say something else than the port's number means.
func (v *FlowView) contradictions(w io.Writer) error {
	found := map[surprise]surprises{}
	for f := range v.Recognized(v.known.contradict) {
		s := v.known.of(&f)
		if s.says == annotate.NoPayload {
			continue
		}
		x, ok := found[s]
		if !ok {
			x = surprises{s, 0, f.FirstFrame}
		}
		found[s] = surprises{s, x.flows + 1, min(x.frame, f.FirstFrame)}
	}
	return tellSurprises(w, slices.Collect(maps.Values(found)), true)
}

// surprises are the flows with the same one, and the first packet of the first of them.
type surprises struct {
	surprise
	flows uint64
	frame int64
}

// tellSurprises says them in the order of their frames. Where flows were evicted that may have gone
// on, the numbers of flows are not exact.
func tellSurprises(w io.Writer, list []surprises, exact bool) error {
	slices.SortFunc(list, func(x, y surprises) int {
		return cmp.Or(cmp.Compare(x.frame, y.frame), cmp.Compare(x.Proto, y.Proto),
			cmp.Compare(x.Port, y.Port), cmp.Compare(x.says, y.says))
	})
	atMost := "at most "
	if exact {
		atMost = ""
	}
	for _, s := range list {
		if _, err := fmt.Fprintf(w,
			"%s is assigned to %s; the bytes say %s (%s%s, the first one from frame %d)\n",
			portProto(s.PortKey),
			annotate.ServiceName(s.Proto, s.Port), s.says.Says(), atMost, count(s.flows, "flow"),
			s.frame); err != nil {
			return err
		}
	}
	return nil
}
