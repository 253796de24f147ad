package render

import (
	"net/netip"
	"strconv"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
)

// plainLine writes the lines of a packet of which there is nothing to say but one TCP or UDP header, and reports whether it did. All others are for the
// general way, which writes the same for these, clipped and split alike. It allocates nothing.
func (w *LineWriter) plainLine(head []byte, f *analysis.Frame) bool {
	p := f.Packet
	if len(f.Transport) != 1 || p.NoPorts != decode.HasPorts || p.Stop.Err != nil {
		return false
	}
	t := w.outer(f)
	if t == nil || t.Layer != len(p.Layers)-1 || t.Proto != decode.ProtoTCP && t.Proto != decode.ProtoUDP {
		return false
	}
	w.texts = w.texts[:0]
	ends := plainEnds{w.plainEnd(t.SrcAddr, t.Src, t.SrcRange, t.SrcService), w.plainEnd(t.DstAddr, t.Dst, t.DstRange, t.DstService)}
	rest := w.plainRest(f, t)
	form, over := w.fit(&ends, len(head)+len(rest))
	w.out = append(w.out[:0], head...)
	if over > ends.clippable() { // what follows the ends goes to a line of its own, and there may be room for a longer form
		form, over = w.fit(&ends, len(head))
		w.plainEnds(&ends, form, over)
		w.out = append(append(w.out, '\n'), indent...)
	} else {
		w.plainEnds(&ends, form, over)
	}
	w.out = append(append(w.out, rest...), '\n')
	return true
}

// A plainEnd is one end in texts of ASCII: a byte is a column.
type plainEnd struct {
	addr, port []byte
	service    string // none if empty
	tag        string // the port's range
}

type plainEnds [2]plainEnd

// plainEnd puts an end into texts, which lie in w.texts.
func (w *LineWriter) plainEnd(addr netip.Addr, n uint16, r annotate.Range, service string) plainEnd {
	if w.opt.NoNames {
		service = ""
	}
	from := len(w.texts)
	out := w.texts
	if addr.Is4() {
		out = appendAddr(out, addr)
	} else if addr.IsValid() {
		out = append(addr.AppendTo(append(out, '[')), ']')
	}
	out = append(out, ':')
	colon := len(out)
	out = strconv.AppendUint(out, uint64(n), 10)
	w.texts = out
	return plainEnd{out[from:colon], out[colon:], service, r.Short()}
}

// plainRest is what follows the ends: protocol, flags, length.
func (w *LineWriter) plainRest(f *analysis.Frame, t *analysis.Transport) []byte {
	from := len(w.texts)
	if t.Proto == decode.ProtoTCP {
		w.texts = append(w.texts, " TCP"...)
		if bits, ok := f.Packet.TCPControl(t.Ports); ok {
			w.texts = appendTCPFlags(append(w.texts, ' '), bits)
		}
	} else {
		w.texts = append(w.texts, " UDP"...)
	}
	w.texts = append(strconv.AppendInt(append(w.texts, ' '), int64(f.Len), 10), 'B')
	return w.texts[from:]
}

// fit is the longest form of the ends that fits beside so many other columns; or formClipped, and by how many columns the shortest form is too wide.
func (w *LineWriter) fit(ends *plainEnds, others int) (form, over int) {
	if w.opt.Width <= 0 {
		return formFull, 0
	}
	for form = formFull; form < formClipped; form++ {
		over = others + len(plainArrow(form)) + ends[0].width(form) + ends[1].width(form) - w.opt.Width
		if over <= 0 {
			return form, 0
		}
	}
	return formClipped, over
}

// width is how many columns an end takes, nothing of it clipped.
func (e *plainEnd) width(form int) int {
	n := len(e.addr) + len(e.port) + len(" ") + len(plainTag(e.tag, form))
	if e.service != "" {
		n += len("/") + len(e.service)
	}
	return n
}

// clippable is how many columns can be cut off the services.
func (e *plainEnds) clippable() (n int) {
	for i := range e {
		if s := e[i].service; s != "" {
			n += max(0, len("/")+len(s)-least)
		}
	}
	return n
}

func plainArrow(form int) string {
	if form >= formTight {
		return ">"
	}
	return " > "
}

func plainTag(tag string, form int) string {
	if form >= formShort {
		return tag[:1]
	}
	return tag
}

// plainEnds writes both ends in a form, over columns less of their services.
func (w *LineWriter) plainEnds(ends *plainEnds, form, over int) {
	for i := range ends {
		e := &ends[i]
		if i > 0 {
			w.out = append(w.out, plainArrow(form)...)
		}
		w.out = append(w.out, e.addr...)
		if w.opt.Color {
			w.out = append(append(append(w.out, paintPort...), e.port...), paintOff...)
		} else {
			w.out = append(w.out, e.port...)
		}
		if e.service != "" {
			over -= w.plainService(e.service, over)
		}
		w.out = append(append(w.out, ' '), plainTag(e.tag, form)...)
	}
}

// plainService writes a service with its slash, up to over columns less, and says how many that saved.
func (w *LineWriter) plainService(service string, over int) (saved int) {
	whole := len("/") + len(service)
	keep := min(whole, max(least, whole-over))
	if w.opt.Color {
		w.out = append(w.out, paintSvc...)
	}
	w.out = append(w.out, '/')
	if keep == whole {
		w.out = append(w.out, service...)
	} else {
		w.out = append(append(w.out, service[:keep-len("/")-1]...), w.opt.clipMark()...)
	}
	if w.opt.Color {
		w.out = append(w.out, paintOff...)
	}
	return whole - keep
}
