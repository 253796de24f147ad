package analysis

import (
	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/flow"
)

// An Analyzer turns the packets of one input, in their order, into frames. It counts every packet
// in its flow table, from which the roles of the two ends come.
type Analyzer struct {
	Flows      *flow.Table
	Attributor *Attributor // nil if no processes are looked up
	Sequences  *Sequences  // nil if segments are not numbered

	decoder flow.Decoder
	frame   Frame
}

// New returns an Analyzer with an empty flow table.
func New(opt flow.Options) *Analyzer {
	return &Analyzer{Flows: flow.NewTable(opt)}
}

// Packet analyzes a packet. The frame is valid until the next call; the fields that name the
// interface are empty.
func (a *Analyzer) Packet(p *capture.Packet) *Frame {
	r := p.Record()
	f := a.Record(&r)
	f.of(p)
	f.Comments = p.Comments
	return f
}

// Record is Packet for a packet with only its record known: the frame has no time, interface
// or comments.
func (a *Analyzer) Record(r *capture.Record) *Frame {
	f := &a.frame
	f.Packet = a.decoder.Decode(r)
	a.annotate(f, r)
	return f
}

// Decoded analyzes a frame whose packet is decoded already, which needs no order. It sets all
// fields but Packet, Comments and those that name the interface.
func (a *Analyzer) Decoded(f *Frame, p *capture.Packet) {
	r := p.Record()
	a.decoder.Observe(f.Packet, &r)
	f.of(p)
	a.annotate(f, &r)
}

// of sets what only a whole packet has.
func (f *Frame) of(p *capture.Packet) {
	f.Time, f.HasTime, f.Interface = p.Timestamp, p.HasTime, p.InterfaceIndex
}

// annotate counts a decoded packet and gives it its meaning.
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
