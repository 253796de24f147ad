package analysis

import (
	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/flow"
)

// An Analyzer converts the packets of one input, in order, to frames. It counts every packet in its
// flow table. The flow table determines the roles of the two ends.
type Analyzer struct {
	Flows      *flow.Table
	Attributor *Attributor // nil if processes are not looked up
	Sequences  *Sequences  // nil if segments are not numbered

	decoder flow.Decoder
	frame   Frame
}

// New returns an Analyzer with an empty flow table.
func New(opt flow.Options) *Analyzer {
	return &Analyzer{Flows: flow.NewTable(opt)}
}

// Packet analyzes a packet. The frame is valid until the next call. The name and description of the
// interface are empty.
func (a *Analyzer) Packet(p *capture.Packet) *Frame {
	r := p.Record()
	f := a.Record(&r)
	f.of(p)
	f.Comments = p.Comments
	return f
}

// Record analyzes a packet by its record alone. The frame has no time, interface or comments.
func (a *Analyzer) Record(r *capture.Record) *Frame {
	f := &a.frame
	f.Packet = a.decoder.Decode(r)
	a.annotate(f, r)
	return f
}

// Decoded analyzes a frame whose packet is already decoded. Decoding does not depend on the order
// of packets. Decoded sets all fields except Packet, Comments and the interface's name and
// description.
func (a *Analyzer) Decoded(f *Frame, p *capture.Packet) {
	r := p.Record()
	a.decoder.Observe(f.Packet, &r)
	f.of(p)
	a.annotate(f, &r)
}

// of sets the fields that are not in a record.
func (f *Frame) of(p *capture.Packet) {
	f.Time, f.HasTime, f.Interface = p.Timestamp, p.HasTime, p.InterfaceIndex
}

// annotate counts a decoded packet and sets the fields that depend on its flow.
func (a *Analyzer) annotate(f *Frame, r *capture.Record) {
	f.Number, f.Len = r.Number, int(r.Length)
	f.Annotate(a.Flows.Add(f.Packet, r.Length, r.Nanos, r.Number))
	if a.Sequences != nil {
		a.Sequences.Observe(f)
	}
	if a.Attributor != nil {
		a.Attributor.Attribute(f)
	}
}
