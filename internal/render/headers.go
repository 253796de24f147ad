package render

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/textutil"
)

// headers writes a line for each header, with its offset in the frame. With more verbosity it also
// writes a line for each field.
func (w *LineWriter) headers(f *analysis.Frame) {
	p := f.Packet
	w.onInterface(f)
	for i := range p.Layers {
		w.header(f, i)
		if w.opt.Verbose > 1 {
			w.fields(p, i)
		}
	}
	if p.Stop.Err != nil {
		w.l.reset()
		w.l.add("     ")
		w.l.add("! " + p.Stop.Error()).paint = paintError
		w.writeRow(nil, inside)
	}
}

// header writes one header in one line, or in several lines on narrow terminals.
func (w *LineWriter) header(f *analysis.Frame, i int) {
	p, l := f.Packet, f.Packet.Layers[i]
	w.l.reset()
	text := fmt.Sprintf("     @%d-%d %s: %s", l.At, l.At+l.Len-1, l.ID, l.Protocol().Name)
	if l.Len == 0 {
		text = fmt.Sprintf("     @%d %s: %s", l.At, l.ID, l.Protocol().Name)
	}
	if l.Quoted {
		text += ", quoted"
	}
	if l.Via != 0 {
		text += fmt.Sprintf(", because of UDP port %d", l.Via)
	}
	if l.At+l.Len > len(p.Data) {
		text += fmt.Sprintf(", %d of %d bytes captured", max(0, len(p.Data)-l.At), l.Len)
	}
	text += transportFacts(f, i)
	if c := p.Check(i); c.Sum != decode.NoSum {
		text += ", checksum " + c.Sum.String()
		if c.Why != decode.WhyNot {
			text += " (" + c.Why.String() + ")"
		}
	}
	w.l.add(text)
	w.writeRow(nil, inside)
}

// onInterface writes the interface that a packet was captured on, if it has a name or a
// description.
func (w *LineWriter) onInterface(f *analysis.Frame) {
	if f.InterfaceName == "" && f.InterfaceAbout == "" {
		return
	}
	text := "     interface " + strconv.Itoa(f.Interface)
	if f.InterfaceName != "" {
		text += ": " + textutil.Escape(f.InterfaceName)
	}
	if f.InterfaceAbout != "" {
		text += " (" + textutil.Escape(f.InterfaceAbout) + ")"
	}
	w.l.reset()
	w.l.add(text)
	w.writeRow(nil, inside)
}

// transportFacts returns the offset of a header's ports, the evidence for the roles, and the
// position of a TCP segment in its connection.
func transportFacts(f *analysis.Frame, layer int) string {
	for i := range f.Transport {
		t := &f.Transport[i]
		if t.Layer != layer || t.InheritedFrom != 0 {
			continue
		}
		s := fmt.Sprintf(", ports @%d-%d and @%d-%d", t.At, t.At+1, t.At+2, t.At+3)
		switch t.Client {
		case "src":
			s += fmt.Sprintf(", client is the sender (%s)", t.Evidence)
		case "dst":
			s += fmt.Sprintf(", client is the receiver (%s)", t.Evidence)
		}
		return s + segmentFacts(f.Packet, t)
	}
	return ""
}

// segmentFacts returns a TCP segment's numbers, relative to the start of the connection.
func segmentFacts(p *decode.Packet, t *analysis.Transport) string {
	q, h := t.Sequence, p.TCP(t.Layer)
	if !q.Known || h == nil {
		return ""
	}
	s := fmt.Sprintf(", seq %d", q.Seq)
	if h.ACK {
		s += fmt.Sprintf(", ack %d", q.Ack)
	}
	s += fmt.Sprintf(", window %d", h.Window)
	if q.Len >= 0 {
		s += fmt.Sprintf(", data %dB", q.Len)
	}
	return s
}

func (w *LineWriter) fields(p *decode.Packet, layer int) {
	for _, f := range p.Fields(layer) {
		text := fmt.Sprintf("         %s = %s", f.Key, Value(f))
		if m := f.Meaning(); m != "" {
			text += " (" + m + ")"
		}
		w.l.reset()
		w.l.add(text)
		w.writeRow(nil, deeper)
	}
}

// maxRaw is the greatest number of bytes of an uninterpreted field that are shown.
const maxRaw = 16

// Value returns a field's value as AppendValue writes it.
func Value(f decode.Field) string { return string(AppendValue(nil, &f)) }

// AppendValue writes a field's value in the format of its table row, as printable ASCII.
func AppendValue(out []byte, f *decode.Field) []byte {
	if f.Cut {
		return append(out, "[cut]"...)
	}
	switch f.Show {
	case decode.ShowAddr:
		if a, ok := netip.AddrFromSlice(f.Raw); ok {
			return a.AppendTo(out)
		}
	case decode.ShowMAC:
		return append(out, mac(f.Raw[:min(len(f.Raw), maxRaw)])...)
	case decode.ShowText:
		return strconv.AppendQuoteToASCII(out, string(f.Raw))
	case decode.ShowHex, decode.ShowSum:
		if f.Width <= 64 {
			return fmt.Appendf(out, "0x%0*x", (f.Width+3)/4, f.Value)
		}
	case decode.ShowDec, decode.ShowFlag, decode.ShowPort, decode.ShowRsv, decode.ShowLE:
		if f.Width <= 64 {
			return strconv.AppendUint(out, f.Value, 10)
		}
	}
	if len(f.Raw) > maxRaw {
		return fmt.Appendf(out, "%x... (%d bytes)", f.Raw[:maxRaw], len(f.Raw))
	}
	return hex.AppendEncode(out, f.Raw)
}
