package render

import (
	"net/netip"
	"strconv"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
)

// plainLine writes the line of a packet of which there is nothing to say but one TCP or UDP header, in the longest form that fits, and reports whether
// it did. All others, and lines that must be clipped or split, are for the general way, which writes the same for these. It allocates nothing.
func (w *LineWriter) plainLine(head []byte, f *Frame) bool {
	p := f.Packet
	if len(f.Transport) != 1 || p.NoPorts != decode.HasPorts || p.Stop.Err != nil {
		return false
	}
	t := w.outer(f)
	if t == nil || t.Layer != len(p.Layers)-1 || t.Proto != decode.ProtoTCP && t.Proto != decode.ProtoUDP {
		return false
	}
	for form := formFull; form < formClipped; form++ {
		w.out = append(w.out[:0], head...)
		columns := w.plainForm(f, t, form) + len(head)
		if columns <= w.opt.Width || w.opt.Width <= 0 {
			w.out = append(w.out, '\n')
			return true
		}
	}
	w.out = w.out[:0]
	return false
}

// plainForm writes a plain line in one form, and gives how many columns it takes.
func (w *LineWriter) plainForm(f *Frame, t *Transport, form int) (columns int) {
	from := len(w.out)
	invisible := w.plainEnd(t.SrcAddr, t.Src, t.SrcRange, t.SrcService, form)
	if form >= formTight {
		w.out = append(w.out, '>')
	} else {
		w.out = append(w.out, " > "...)
	}
	invisible += w.plainEnd(t.DstAddr, t.Dst, t.DstRange, t.DstService, form)
	if t.Proto == decode.ProtoTCP {
		w.out = append(w.out, " TCP"...)
		if bits, ok := f.Packet.TCPControl(t.Ports); ok {
			w.out = appendTCPFlags(append(w.out, ' '), bits)
		}
	} else {
		w.out = append(w.out, " UDP"...)
	}
	w.out = append(strconv.AppendInt(append(w.out, ' '), int64(f.Len), 10), 'B')
	return len(w.out) - from - invisible
}

// plainEnd writes one end: address, port, service, range. It gives how many bytes of it are colour.
func (w *LineWriter) plainEnd(addr netip.Addr, n uint16, r annotate.Range, service string, form int) (invisible int) {
	switch {
	case addr.Is4():
		w.out = addr.AppendTo(w.out)
	case addr.IsValid():
		w.out = append(addr.AppendTo(append(w.out, '[')), ']')
	}
	w.out = append(w.out, ':')
	if w.opt.Color {
		w.out = append(w.out, paintPort...)
		w.out = append(strconv.AppendUint(w.out, uint64(n), 10), paintOff...)
		invisible += len(paintPort) + len(paintOff)
	} else {
		w.out = strconv.AppendUint(w.out, uint64(n), 10)
	}
	if service != "" && !w.opt.NoNames {
		if w.opt.Color {
			w.out = append(append(w.out, paintSvc...), '/')
			w.out = append(append(w.out, service...), paintOff...)
			invisible += len(paintSvc) + len(paintOff)
		} else {
			w.out = append(append(w.out, '/'), service...)
		}
	}
	tag := r.Short()
	if form >= formShort {
		tag = tag[:1]
	}
	w.out = append(append(w.out, ' '), tag...)
	return invisible
}
