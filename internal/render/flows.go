package render

import (
	"fmt"
	"io"
	"iter"

	"math"
	"slices"
	"strconv"
	"time"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/communityid"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/sockets"
)

// FlowSchema names the schema of a flow's JSON object.
const FlowSchema = "portsniff.flow/1"

// A FlowView is a list of flows and the options for its output.
type FlowView struct {
	*flow.Table
	By  flow.By
	Top int // greatest number of flows; 0 for all

	CommunityID bool   // adds a column to JSON and CSV
	TCP         bool   // adds columns of what TCP segments show
	Numbered    bool   // adds a column of the flows' numbers
	Number      uint64 // only the flow with this number; 0 for all

	List []flow.Flow // shown instead of the table's flows; nil for those

	Processes *analysis.ProcessTable // nil if no processes are looked up

	known verdicts
}

// A flowRow is a flow with its roles and, if they are looked up, the processes at its ends.
type flowRow struct {
	flow.Flow
	analysis.Roles
	client, server analysis.EndProcess
}

// rows iterates over the flows to show, in order.
func (v *FlowView) rows() iter.Seq[*flowRow] {
	top := v.Top
	if v.Number != 0 {
		top = 0
	}
	flows := v.Sorted(v.By, top)
	if v.List != nil {
		flows = slices.Values(v.List)
	}
	return func(yield func(*flowRow) bool) {
		var r flowRow
		for f := range flows {
			if v.Number != 0 && f.Number != v.Number {
				continue
			}
			r.Flow = f
			r.Roles = analysis.RolesOf(&r.Flow)
			if v.Processes != nil {
				r.client, r.server = v.Processes.RoleEnds(&r.Flow, &r.Roles)
			}
			if !yield(&r) {
				return
			}
		}
	}
}

// hidden returns the number of flows that are left out.
func (v *FlowView) hidden() int {
	if v.Number != 0 {
		shown := 0
		for range v.rows() {
			shown++
		}
		return v.Len() - shown
	}
	if v.Top > 0 && v.Top < v.Len() {
		return v.Len() - v.Top
	}
	return 0
}

// Write writes the flows: client, server, evidence, state, packets and bytes in each direction, and
// what the payload looks like. Text continues with payloads that contradict their port, and the
// total. JSON ends with an object of the total.
func (v *FlowView) Write(w io.Writer, f Format, style Style) error {
	t := &Table[flowRow]{Schema: FlowSchema, Columns: v.columns(), Rows: v.rows(), Fold: true}
	if err := t.Write(w, f, style); err != nil {
		return err
	}
	switch f {
	case FormatText:
		if err := v.contradictions(w, style); err != nil {
			return err
		}
		_, err := fmt.Fprintf(w, "%s%s%s\n%s", style.hidden(v.hidden(), "flow"),
			untrackedText(v.Processes), style.count(uint64(v.Len()), "flow"),
			summary(&v.Totals, v.Evicted, style))
		return err
	case FormatJSON:
		end, n := total(&v.Totals, v.Evicted, v.hidden()), v.Len()
		end.Flows = &n
		return JSONLines(w, []jsonTotal{end})
	}
	return nil
}

// columns describe a flow in all formats.
func (v *FlowView) columns() []Column[flowRow] {
	return slices.Concat(
		v.numbers(InText|InJSON),
		[]Column[flowRow]{words("proto", func(r *flowRow) string { return r.Proto.String() })},
		endColumns("client", func(r *flowRow) *flow.Endpoint { return &r.ClientEnd },
			func(r *flowRow) string { return r.ClientService }),
		endColumns("server", func(r *flowRow) *flow.Endpoint { return &r.ServerEnd },
			func(r *flowRow) string { return r.ServerService }),
		v.countColumns(), v.tcpColumns(), v.processText(),
		v.payloadColumns(), v.processData(), v.numbers(InCSV), v.idColumns())
}

// numbers returns the column of flow numbers, or none. New columns of CSV are added at the end.
func (v *FlowView) numbers(in In) []Column[flowRow] {
	if !v.Numbered {
		return nil
	}
	return []Column[flowRow]{ids("flow", func(r *flowRow) int64 { return int64(r.Flow.Number) }).
		with(in)}
}

// endColumns describe one end of a flow: one column in text, four in JSON and CSV.
func endColumns(name string, end func(*flowRow) *flow.Endpoint,
	service func(*flowRow) string) []Column[flowRow] {
	return []Column[flowRow]{
		textOnly(name, func(c *Cell, r *flowRow) {
			c.out = appendEnd(c.out, *end(r), service(r))
		}),
		dataOnly(name, func(c *Cell, r *flowRow) { c.Addr(end(r).Addr) }),
		dataOnly(name+"_port", func(c *Cell, r *flowRow) { c.Port(end(r).Port) }),
		dataOnly(name+"_range", func(c *Cell, r *flowRow) {
			c.Words(annotate.RangeOf(end(r).Port).String())
		}),
		dataOnly(name+"_service", func(c *Cell, r *flowRow) { c.Words(service(r)) }),
	}
}

// countColumns are the state and the counters.
func (v *FlowView) countColumns() []Column[flowRow] {
	evidence := func(r *flowRow) string { return string(r.Evidence) }
	state := func(r *flowRow) string { return string(r.State()) }
	sent := func(r *flowRow) uint64 { return r.Sent.Packets }
	received := func(r *flowRow) uint64 { return r.Received.Packets }
	return []Column[flowRow]{
		words("client_evidence", evidence).with(InData),
		words("state", state),
		words("by", evidence).with(InText),
		numbers("sent", sent).with(InText),
		numbers("received", received).with(InText),
		numbers("bytes", func(r *flowRow) uint64 { return r.Total().Bytes }).with(InText),
		numbers("packets_sent", sent).with(InData),
		numbers("bytes_sent", func(r *flowRow) uint64 { return r.Sent.Bytes }).with(InData),
		numbers("packets_received", received).with(InData),
		numbers("bytes_received", func(r *flowRow) uint64 { return r.Received.Bytes }).with(InData),
		ids("first_frame", func(r *flowRow) int64 { return r.FirstFrame }).with(InData),
		dataOnly("start", func(c *Cell, r *flowRow) { c.Moment(r.Start) }),
		dataOnly("end", func(c *Cell, r *flowRow) { c.Moment(r.End) }),
	}
}

// payloadColumns show what the first payloads look like, and the duration of the flow. They are the
// first to be left out if text is too wide.
func (v *FlowView) payloadColumns() []Column[flowRow] {
	return []Column[flowRow]{
		words("client_payload", func(r *flowRow) string { return r.ClientPayload.String() }).
			with(InData),
		words("server_payload", func(r *flowRow) string { return r.ServerPayload.String() }).
			with(InData),
		dataOnly("contradiction", func(c *Cell, r *flowRow) {
			if p := v.known.of(&r.Flow).says; p != annotate.NoPayload {
				c.Words(p.Says())
			}
		}),
		{Head: payloadHead, In: InText, Drop: 2, Value: func(c *Cell, r *flowRow) {
			c.Words(payloadOf(&r.Flow))
		}},
		{Head: "duration", In: InText, Drop: 1, Right: true, Value: func(c *Cell, r *flowRow) {
			c.out = appendDuration(c.out, &r.Flow)
		}},
	}
}

// processText is the column of the processes at both ends, if they are looked up.
func (v *FlowView) processText() []Column[flowRow] {
	if v.Processes == nil {
		return nil
	}
	return []Column[flowRow]{textOnly(processHead, func(c *Cell, r *flowRow) {
		c.Escaped(pairText("client ", processText(&r.client), "server ", processText(&r.server)))
	})}
}

// processData are the columns of the same processes in JSON and CSV.
func (v *FlowView) processData() []Column[flowRow] {
	if v.Processes == nil {
		return nil
	}
	write := func(c *Cell, p *analysis.EndProcess) {
		switch {
		case !c.JSON():
			c.Words(processText(p))
		case p.Owner != sockets.Owner{}:
			processObject(c, p)
		}
	}
	return []Column[flowRow]{
		dataOnly("client_process", func(c *Cell, r *flowRow) { write(c, &r.client) }),
		dataOnly("server_process", func(c *Cell, r *flowRow) { write(c, &r.server) }),
	}
}

// idColumns are the flow's identifiers in other programs, on request.
func (v *FlowView) idColumns() []Column[flowRow] {
	if !v.CommunityID {
		return nil
	}
	var id []byte
	return []Column[flowRow]{dataOnly(communityColumn, func(c *Cell, r *flowRow) {
		id = communityid.AppendFlow(id[:0], r.Proto, r.ClientEnd.AddrPort(), r.ServerEnd.AddrPort())
		c.Words(string(id))
	})}
}

// appendEnd writes address, port, service name after a slash, and port range.
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
	if span < 0 { // overflow: the times are centuries apart
		span = math.MaxInt64
	}
	return append(strconv.AppendFloat(out, time.Duration(span).Round(time.Microsecond).Seconds(),
		'f', 3, 64), " s"...)
}

// payloadOf describes a flow's first payloads: one description, or both if the ends differ.
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
