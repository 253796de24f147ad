package analysis

import (
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// A Decoder decodes the packets of one input in their order. It gives later fragments the ports of
// their first fragment.
type Decoder struct {
	packet    decode.Packet
	fragments *decode.Fragments
}

// NewDecoder returns a Decoder that has seen no packet.
func NewDecoder() *Decoder { return &Decoder{fragments: decode.NewFragments(0)} }

// Decode decodes a packet. The result is valid until the next call.
func (d *Decoder) Decode(r *capture.Record) *decode.Packet {
	var at time.Time
	if r.Nanos != capture.NoTime {
		at = time.Unix(0, r.Nanos)
	}
	d.packet.Decode(r.Link, r.Data, int(r.Length))
	d.fragments.Observe(&d.packet, r.Number, at)
	return &d.packet
}

// An Analyzer turns the packets of one input, in their order, into frames. It counts every packet
// in its flow table, from which the roles of the two ends come.
type Analyzer struct {
	Flows      *flow.Table
	Attributor *Attributor // nil if no processes are looked up
	Sequences  *Sequences  // nil if segments are not numbered

	decoder *Decoder
	frame   Frame
}

// New returns an Analyzer with an empty flow table.
func New(opt flow.Options) *Analyzer {
	return &Analyzer{Flows: flow.NewTable(opt), decoder: NewDecoder()}
}

// Packet analyzes a packet. The frame is valid until the next call; the fields that name the
// interface are empty.
func (a *Analyzer) Packet(p *capture.Packet) *Frame {
	r := p.Record()
	f := a.Record(&r)
	f.Time, f.HasTime, f.Interface, f.Comments = p.Timestamp, p.HasTime, p.InterfaceIndex,
		p.Comments
	return f
}

// Record is Packet for a packet of which only the record is known: the frame has no time, interface
// or comments.
func (a *Analyzer) Record(r *capture.Record) *Frame {
	f := &a.frame
	f.Packet = a.decoder.Decode(r)
	f.Number, f.Len = r.Number, int(r.Length)
	f.Annotate(a.Flows.Add(f.Packet, r.Length, r.Nanos, r.Number))
	if a.Sequences != nil {
		a.Sequences.Observe(f)
	}
	if a.Attributor != nil {
		a.Attributor.Attribute(f)
	}
	return f
}
