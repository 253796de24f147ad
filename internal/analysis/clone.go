package analysis

import (
	"slices"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// Clone returns a copy of the frame that stays valid when the next packet is read.
func (f *Frame) Clone() *Frame {
	old, p := f.Packet, new(decode.Packet)
	p.Decode(old.Link, slices.Clone(old.Data), old.WireLen)
	p.Ports = slices.Clone(old.Ports) // includes the inherited ones
	c := *f
	c.Packet, c.Comments, c.Transport = p, nil, slices.Clone(f.Transport)
	for _, text := range f.Comments {
		c.Comments = append(c.Comments, slices.Clone(text))
	}
	for i := range c.Transport {
		c.Transport[i].TransportHeader = &p.Ports[i]
	}
	return &c
}

// AnnotateAlone annotates a packet without a capture. The roles of its ends come only from its own
// headers, and no flow is known.
func (f *Frame) AnnotateAlone() {
	f.Annotate(flow.Alone(f.Packet))
	for i := range f.Transport {
		f.Transport[i].Flow = 0
	}
}
