package render

import (
	"slices"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// Keep gives a copy of the frame that stays as it is when the next packet is read.
func (f *Frame) Keep() *Frame {
	old, p := f.Packet, new(decode.Packet)
	p.Decode(old.Link, slices.Clone(old.Data), old.WireLen)
	p.Ports = slices.Clone(old.Ports) // with those that were inherited
	kept := *f
	kept.Packet, kept.Comments, kept.Transport = p, nil, slices.Clone(f.Transport)
	for _, c := range f.Comments {
		kept.Comments = append(kept.Comments, slices.Clone(c))
	}
	for i := range kept.Transport {
		kept.Transport[i].Ports = &p.Ports[i]
	}
	return &kept
}

// AnnotateAlone says of a packet without a capture around it what its ports mean: there is no flow to tell the roles but its own header.
func (f *Frame) AnnotateAlone() {
	f.Annotate(flow.NewTable(flow.Options{Memory: 1, Service: ServiceSide}).Add(f.Packet, uint32(f.Len), 0, 1))
}
