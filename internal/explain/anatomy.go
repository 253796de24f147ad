// Package explain draws one packet and marks its ports: each header as in the RFCs, with the values
// on the wire and the bytes next to it. It explains in words what each port means or why there is
// none.
//
// All formats use the same list of fields from package decode. This package does not parse headers.
package explain

import (
	"io"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/render"
)

// A Subject is a packet to explain, with facts from the rest of the capture.
type Subject struct {
	*analysis.Frame
	Source string // name of the file that it is from; "" if that is obvious
	Taken  string // what the bytes were decoded as, and why; "" if the capture determines it
	// number of the frame with the first fragment, if this is a later fragment and that frame came
	// after it; 0 if none was seen
	First int64
	// number of the next frame in the other direction of the same flow; 0 if none was seen
	Reply int64
	Whole bool // the whole capture was read, so it does not contain what was not seen
}

// Options control how a packet is drawn.
type Options struct {
	render.Style
	Plain bool // sentences without drawings, for screen readers
	// 1: also the purpose and the definition of each field; 2: also every byte of the packet
	Verbose int
}

// Least widths, in columns, of a diagram without and with bytes and meanings next to it.
const (
	diagramWidth = 76
	wideWidth    = 100
)

// A form is a layout of the text.
type form uint8

const (
	formPlain form = iota
	formList
	formDiagram
	formWide
)

func (o Options) form() form {
	switch {
	case o.Plain:
		return formPlain
	case o.Width > 0 && o.Width < diagramWidth:
		return formList
	case o.Width > 0 && o.Width < wideWidth:
		return formDiagram
	}
	return formWide
}

// Text writes the packet's anatomy.
func Text(w io.Writer, s *Subject, opt Options) error {
	v := newView(s, opt)
	v.w = w
	v.title()
	v.verdict()
	for i := range v.headers {
		v.header(i)
	}
	v.missing()
	v.dump()
	v.levels()
	v.ports()
	return v.end()
}

// A view writes one packet as text.
type view struct {
	page
	*Subject
	headers []header
	tunnel  bool // the packet contains another packet
	ruled   bool // the ruler over the bits was drawn
}

func newView(s *Subject, opt Options) *view { return new(speller).view(s, opt) }

func (sp *speller) view(s *Subject, opt Options) *view {
	hs := sp.spell(s.Frame)
	return &view{page: page{opt: opt, form: opt.form()}, Subject: s, headers: hs,
		tunnel: tunneled(hs)}
}

// A header is one layer with everything that is known about it.
type header struct {
	decode.Layer
	index  int
	name   string // short, for people: "IPv4"
	fields []decode.Field
	check  decode.Check
	ports  *analysis.Transport // nil if the header has none
	level  int                 // of the tunnel, from 1: the number of IP headers up to its own
	opens  bool                // first header inside a tunnel
	under6 bool                // its IP header is IPv6
}

// A speller formats packets' headers. It reuses its memory for each packet.
type speller struct {
	headers []header
	fields  []decode.Field
}

func (sp *speller) spell(f *analysis.Frame) []header {
	p := f.Packet
	hs, fields := sp.headers[:0], sp.fields[:0]
	for i := range p.Layers {
		from := len(fields)
		fields = p.AppendFields(fields, i)
		h := header{Layer: p.Layers[i], index: i, name: name(p.Layers[i].ID), check: p.Check(i)}
		h.fields = fields[from:len(fields):len(fields)]
		hs = append(hs, h)
	}
	for i := range f.Transport {
		if t := &f.Transport[i]; t.InheritedFrom == 0 {
			hs[t.Layer].ports = t
		}
	}
	nest(hs)
	sp.headers, sp.fields = hs, fields
	return hs
}

// next returns the field that identifies the next protocol, or nil.
func (h *header) next() *decode.Field {
	for i := range h.fields {
		if f := &h.fields[i]; f.Role.SaysNext() && !f.Cut {
			return f
		}
	}
	return nil
}

// isNet reports whether this is an IP header.
func (h *header) isNet() bool { return h.ID == decode.IDIPv4 || h.ID == decode.IDIPv6 }

// isExtension reports whether this is between an IPv6 header and its payload.
func (h *header) isExtension() bool {
	switch h.ID {
	case decode.IDHopByHop, decode.IDRouting, decode.IDDstOpts, decode.IDFragHdr, decode.IDAH:
		return true
	}
	return false
}

// isLink reports whether this is an Ethernet header, which has the link addresses but nothing about
// ports.
func (h *header) isLink() bool { return h.ID == decode.IDEthernet }
