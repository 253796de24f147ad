package main

import (
	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/sockets"
	"github.com/portsniff/portsniff/internal/where"
)

// A factFilter keeps the packets whose decoded facts satisfy --where. Who is the client is learnt from all packets that come to it, kept or not,
// in a table of its own.
type factFilter struct {
	walked
	expr   *where.Expr
	roles  *flow.Table
	owners *analysis.Attributor // nil where processes are not asked for
	facts  where.Facts
}

// newFactFilter compiles what --where gives, and nil if it gives nothing.
func newFactFilter(cmd *cobra.Command, flags *filterFlags, in *input) (*factFilter, error) {
	if !cmd.Flags().Changed("where") {
		return nil, nil
	}
	e, err := where.Compile(flags.where)
	if err != nil {
		return nil, &usageError{&whereError{err}, cmd.CommandPath()}
	}
	if e.AsksProcesses() {
		if err := in.live.haveProcesses(); err != nil {
			return nil, &usageError{&whereError{err}, cmd.CommandPath()}
		}
	}
	roles := flow.NewTable(flow.Options{Memory: in.tableMemory(), Service: analysis.ServiceSide, Recognise: analysis.Recognise})
	return &factFilter{walked: newWalked(), expr: e, roles: roles}, nil
}

// A whereError is a mistake in --where.
type whereError struct{ err error }

func (e *whereError) Error() string { return "in --where: " + e.err.Error() }
func (e *whereError) Unwrap() error { return e.err }

// match tells whether a packet is kept.
func (w *factFilter) match(r *capture.Record, number int64) (bool, error) {
	f := w.walk(r, number)
	f.Annotate(w.roles.Add(f.Packet, r.Length, r.Nanos, number))
	if w.owners != nil {
		w.owners.Attribute(f)
	}
	w.fill(f)
	return w.expr.Match(&w.facts)
}

// fill puts a frame's facts into the words of expressions.
func (w *factFilter) fill(f *analysis.Frame) {
	x, p := &w.facts, f.Packet
	x.Reset()
	x.Len, x.Captured, x.Frame = f.Len, len(p.Data), int(f.Number)
	x.NoPorts = append(x.NoPorts, p.NoPorts.String())
	for _, l := range p.Layers {
		x.Quoted = x.Quoted || l.Quoted
		if !l.Quoted {
			x.Proto = append(x.Proto, l.ID.String())
		}
	}
	own := 0
	for i := range f.Transport {
		if t := &f.Transport[i]; !t.Quoted {
			w.ports(t, own)
			own++
		}
	}
	for i := range f.Owners {
		w.processes(&f.Owners[i])
	}
}

// processes adds the owners of both ends of a flow.
func (w *factFilter) processes(e *analysis.EndOwners) {
	for _, o := range []*sockets.Owner{&e.Src, &e.Dst} {
		if o.Known() {
			w.facts.Process, w.facts.PID = append(w.facts.Process, o.Name), append(w.facts.PID, o.PID)
		}
		if o.User != "" {
			w.facts.User = append(w.facts.User, o.User)
		}
	}
}

// ports adds the ports of a transport header; before is how many headers with ports are outside of it.
func (w *factFilter) ports(t *analysis.Transport, before int) {
	x, src, dst := &w.facts, int(t.Src), int(t.Dst)
	x.Port = append(x.Port, src, dst)
	x.Src.Port, x.Dst.Port = append(x.Src.Port, src), append(x.Dst.Port, dst)
	ends := &x.Outer
	if before > 0 {
		ends = &x.Inner
	}
	ends.Port = append(ends.Port, src, dst)
	switch t.Client {
	case "src":
		x.Client.Port, x.Server.Port = append(x.Client.Port, src), append(x.Server.Port, dst)
	case "dst":
		x.Client.Port, x.Server.Port = append(x.Client.Port, dst), append(x.Server.Port, src)
	}
	x.Range = append(x.Range, t.SrcRange.String(), t.DstRange.String())
	x.Proto = append(x.Proto, t.Proto.String()) // also where the header is in another fragment
	w.service(t.SrcService, t.Proto, t.Src)
	w.service(t.DstService, t.Proto, t.Dst)
}

// service adds the names of a port that stands for a service.
func (w *factFilter) service(name string, proto decode.Proto, port uint16) {
	if name == "" {
		return
	}
	w.facts.Service = append(w.facts.Service, name)
	if s, ok := annotate.Lookup(proto, port); ok && s.Alias != "" {
		w.facts.Service = append(w.facts.Service, s.Alias)
	}
}
