package flow

import (
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
)

// A Decoder decodes the packets of one input in their order. It gives later fragments the ports of
// their first fragment. The zero value works.
type Decoder struct {
	packet    decode.Packet
	fragments *decode.Fragments // nil until the first packet
	first     *decode.Packet    // the latest decoded Record.First, nil if there was none
}

// Decode decodes a packet. The result is valid until the next call.
func (d *Decoder) Decode(r *capture.Record) *decode.Packet {
	d.packet.Decode(r.Link, r.Data, int(r.Length))
	d.Observe(&d.packet, r)
	return &d.packet
}

// Observe sets the ports of a decoded later fragment to those of its first fragment.
func (d *Decoder) Observe(p *decode.Packet, r *capture.Record) {
	if d.fragments == nil {
		d.fragments = decode.NewFragments(0)
	}
	var at time.Time
	if r.Nanos != capture.NoTime {
		at = time.Unix(0, r.Nanos)
	}
	f := r.First
	if f == nil {
		d.fragments.Observe(p, r.Number, at)
		return
	}
	if d.first == nil {
		d.first = &decode.Packet{}
	}
	d.first.Decode(f.Link, f.Data, int(f.Length))
	d.fragments.ObserveAhead(p, d.first, f.Number, at)
}
