package render

import (
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
)

// A flowData writes flows as data, row by row into the same memory: there may be millions.
type flowData struct {
	JSONWriter
	view *FlowView
	last timeCache // of the ends' times, which come in no order
}

func newFlowData(w io.Writer, v *FlowView) *flowData {
	return &flowData{JSONWriter: *NewJSONWriter(w), view: v, last: newTimeCache()}
}

// FlowsJSON writes the flows as JSON, an object each and one for the total.
func FlowsJSON(w io.Writer, v *FlowView) error {
	d := newFlowData(w, v)
	for f := range v.flows() {
		if err := d.json(&f); err != nil {
			return err
		}
	}
	end, n := total(&v.Totals, v.Evicted, v.hidden()), v.Len()
	end.Flows = &n
	return newEncoder(w).Encode(&end)
}

// json writes one flow's object.
func (d *flowData) json(f *flow.Flow) error {
	r := analysis.RolesOf(f)
	d.out = d.out[:0]
	d.text(`{"schema":`, FlowSchema)
	d.text(`,"proto":`, f.Proto.String())
	d.end("client", r.ClientEnd, r.ClientService)
	d.end("server", r.ServerEnd, r.ServerService)
	d.text(`,"client_evidence":`, string(r.Evidence))
	d.text(`,"state":`, string(f.State()))
	d.count(`,"packets_sent":`, r.Sent.Packets)
	d.count(`,"bytes_sent":`, r.Sent.Bytes)
	d.count(`,"packets_received":`, r.Received.Packets)
	d.count(`,"bytes_received":`, r.Received.Bytes)
	d.number(`,"first_frame":`, f.FirstFrame)
	d.moment(`,"start":`, &d.second, f.Start)
	d.moment(`,"end":`, &d.last, f.End)
	d.text(`,"client_payload":`, r.ClientPayload.String())
	d.text(`,"server_payload":`, r.ServerPayload.String())
	if says := d.view.contradiction(f); says != "" {
		d.text(`,"contradiction":`, says)
	}
	if d.view.Processes != nil {
		client, server := d.view.Processes.RoleEnds(f, &r)
		d.process(`,"client_process":`, &client)
		d.process(`,"server_process":`, &server)
	}
	d.raw("}\n")
	_, err := d.w.Write(d.out)
	return err
}

// end writes what there is of one end.
func (d *flowData) end(name string, e flow.Endpoint, service string) {
	d.raw(`,"`)
	d.raw(name)
	d.addr(`":"`, e.Addr)
	d.raw(`,"`)
	d.raw(name)
	d.number(`_port":`, int64(e.Port))
	d.raw(`,"`)
	d.raw(name)
	d.text(`_range":`, annotate.RangeOf(e.Port).String())
	d.raw(`,"`)
	d.raw(name)
	d.text(`_service":`, service)
}

func (d *flowData) count(key string, n uint64) {
	d.out = strconv.AppendUint(append(d.out, key...), n, 10)
}

// moment writes a time, null where it is not known.
func (d *flowData) moment(key string, text *timeCache, nanos int64) {
	if d.raw(key); nanos == flow.NoTime {
		d.raw("null")
		return
	}
	d.out = append(appendMoment(append(d.out, '"'), text, nanos), '"')
}

// process writes the process at an end, nothing if it is not known.
func (d *flowData) process(key string, p *analysis.EndProcess) {
	row := endProcessRow(p)
	if row == nil {
		return
	}
	d.raw(key)
	d.number(`{"pid":`, int64(row.PID))
	d.text(`,"name":`, string(row.Name))
	d.text(`,"user":`, string(row.User))
	d.number(`,"more":`, int64(row.More))
	d.number(`,"earlier":`, int64(row.Earlier))
	d.text(`,"confidence":`, string(row.Confidence))
	d.raw("}")
}

// contradiction is what a flow's bytes say against the assignment of its port, "" where they don't.
func (v *FlowView) contradiction(f *flow.Flow) string {
	if p := v.known.of(f).says; p != annotate.NoPayload {
		return p.Says()
	}
	return ""
}

// columns are the flows' columns: JSON's keys, the processes' only where such were looked for.
func (v *FlowView) columns() []string {
	columns := []string{"proto", "client", "client_port", "client_range", "client_service",
		"server", "server_port", "server_range", "server_service", "client_evidence",
		"state", "packets_sent", "bytes_sent", "packets_received", "bytes_received", "first_frame",
		"start", "end", "client_payload", "server_payload", "contradiction"}
	if v.Processes != nil {
		columns = append(columns, "client_process", "server_process")
	}
	return columns
}

// FlowsCSV writes the flows as CSV (RFC 4180) under a header line.
func FlowsCSV(w io.Writer, v *FlowView) error {
	if _, err := io.WriteString(w, strings.Join(v.columns(), ",")+"\n"); err != nil {
		return err
	}
	d := newFlowData(w, v)
	for f := range v.flows() {
		if err := d.csv(&f); err != nil {
			return err
		}
	}
	return nil
}

// csv writes one flow's row.
func (d *flowData) csv(f *flow.Flow) error {
	r := analysis.RolesOf(f)
	out := appendCell(d.out[:0], f.Proto.String())
	out = appendEndCells(out, r.ClientEnd, r.ClientService)
	out = appendEndCells(out, r.ServerEnd, r.ServerService)
	out = appendCell(appendCell(out, string(r.Evidence)), string(f.State()))
	for _, n := range [...]uint64{r.Sent.Packets, r.Sent.Bytes, r.Received.Packets,
		r.Received.Bytes, uint64(f.FirstFrame)} {
		out = append(strconv.AppendUint(out, n, 10), ',')
	}
	out = append(appendMoment(out, &d.second, f.Start), ',')
	out = append(appendMoment(out, &d.last, f.End), ',')
	out = appendCell(appendCell(out, r.ClientPayload.String()), r.ServerPayload.String())
	out = appendCell(out, d.view.contradiction(f))
	if d.view.Processes != nil {
		client, server := d.view.Processes.RoleEnds(f, &r)
		out = appendCell(appendCell(out, processText(&client)), processText(&server))
	}
	out[len(out)-1] = '\n'
	d.out = out
	_, err := d.w.Write(out)
	return err
}

// appendEndCells writes the cells of one end.
func appendEndCells(out []byte, e flow.Endpoint, service string) []byte {
	out = append(appendAddr(out, e.Addr), ',')
	out = appendNumber(out, int64(e.Port))
	return appendCell(appendCell(out, annotate.RangeOf(e.Port).String()), service)
}

// appendMoment writes a time, nothing where it is not known.
func appendMoment(out []byte, text *timeCache, nanos int64) []byte {
	if nanos == flow.NoTime {
		return out
	}
	return text.appendNano(out, time.Unix(0, nanos))
}
