// Package explain draws one packet and marks its ports: each header like in the RFCs, with the
// values on the wire, the bytes next to it, and in words what each port means or why there is none.
//
// All formats use the same list of fields from package decode; nothing here knows an offset.
package explain

import (
	"io"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/render"
)

// A Subject is a packet to be explained, with what the rest of the capture says of it.
type Subject struct {
	*analysis.Frame
	Source string // where it comes from: a file's name, "" if that goes without saying
	Taken  string // what the bytes were taken for, and why; "" where the capture says it
	// the number of the frame with a later fragment's first one, where that came after it; 0 if
	// none was seen
	First int64
	// the number of the next frame that goes the other way in the same flow; 0 if none was seen
	Reply int64
	Whole bool // all of the capture was read, so that what was not seen is not in it
}

// Options are for drawing a packet.
type Options struct {
	render.Style
	Plain bool // sentences without any drawing, for screen readers
	// 1: what each field is for, and where it is defined; 2: every byte of the packet too
	Verbose int
}

// The least widths, in columns, of a diagram, and of a diagram with bytes and meanings next to it.
const (
	diagramWidth = 76
	wideWidth    = 100
)

// A form is a way to lay out the text.
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

// A view is one packet on its way to text.
type view struct {
	page
	*Subject
	headers []header
	tunnel  bool // the packet is one with another one inside
	ruled   bool // the ruler over the bits was drawn
}

func newView(s *Subject, opt Options) *view { return new(speller).view(s, opt) }

func (sp *speller) view(s *Subject, opt Options) *view {
	hs := sp.spell(s.Frame)
	return &view{page: page{opt: opt, form: opt.form()}, Subject: s, headers: hs,
		tunnel: tunneled(hs)}
}

// A header is one layer with all that is known of it.
type header struct {
	decode.Layer
	index  int
	name   string // short, for people: "IPv4"
	fields []decode.Field
	check  decode.Check
	ports  *analysis.Transport // nil where the header has none
	level  int                 // of the tunnel, from 1: how many IP headers there are up to its own
	opens  bool                // it is the first one of a tunnel's inside
	under6 bool                // the IP header that it belongs to is IPv6's
}

// A speller formats packets' headers, in memory that it uses again for each packet.
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

// next is the field with the next protocol, or nil.
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

// isExtension reports whether this is between an IPv6 header and what it carries.
func (h *header) isExtension() bool {
	switch h.ID {
	case decode.IDHopByHop, decode.IDRouting, decode.IDDstOpts, decode.IDFragHdr, decode.IDAH:
		return true
	}
	return false
}

// isLink reports whether this is a header of Ethernet, which says who is next on the wire and
// nothing of ports.
func (h *header) isLink() bool { return h.ID == decode.IDEthernet }
