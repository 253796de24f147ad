package render

import (
	"fmt"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
)

// writeNested writes the lines below a packet's first one: the contents of tunnels and aggregates,
// quoted headers, inherited ports.
func (w *LineWriter) writeNested(f *analysis.Frame) {
	p, first := f.Packet, outerTransport(f)
	for i := range p.Layers {
		if t := transportAt(f, i); t != nil {
			if t != first {
				w.writeInner(p, t)
			}
			continue
		}
		if !isLast(p, i) {
			continue
		}
		net := ipAround(p, i)
		if net != p.NetLayer() || net < 0 && anchor(p, i) >= 0 {
			w.writePortless(p, i, net)
		}
		for j := range f.Transport {
			if t := &f.Transport[j]; t.InheritedFrom != 0 && t.Net == net {
				w.writeInherited(p, t)
			}
		}
	}
}

// transportAt returns the transport header at index i in Layers, or nil if it is another header.
func transportAt(f *analysis.Frame, i int) *analysis.Transport {
	for j := range f.Transport {
		if t := &f.Transport[j]; t.InheritedFrom == 0 && t.Layer == i {
			return t
		}
	}
	return nil
}

// writeInner writes a transport header that is not the outermost.
func (w *LineWriter) writeInner(p *decode.Packet, t *analysis.Transport) {
	w.l.reset()
	if t.Quoted {
		w.l.add(" quoted: ")
	} else {
		w.addPath(p, t.Layer, false)
	}
	w.addTransport(p, t)
	w.writeBelow()
}

// writeInherited writes a transport header that is in another fragment.
func (w *LineWriter) writeInherited(p *decode.Packet, t *analysis.Transport) {
	w.l.reset()
	w.l.add(fmt.Sprintf(" ports are in frame %d: ", t.InheritedFrom))
	w.addTransport(p, t)
	w.writeBelow()
}

// writePortless writes a packet without ports inside a tunnel. Header i is its last header, net is
// its IP header. It writes nothing for a tunnel header without a payload.
func (w *LineWriter) writePortless(p *decode.Packet, i, net int) {
	if net < 0 && p.Layers[i].ID != decode.IDARP || net >= 0 && net <= anchor(p, i) {
		return
	}
	w.l.reset()
	w.addPath(p, i, true)
	if net >= 0 {
		w.addHosts(p, net)
		w.l.add(" ")
	}
	later := p.Frag
	if !later.Is || later.Offset == 0 || later.Net != net {
		w.l.add(innermost(p, i))
		w.writeBelow()
		return
	}
	w.l.add(fragmentName(later))
	w.writeBelow()
	w.l.reset()
	w.l.add(fmt.Sprintf(" no ports: %s, byte %d of datagram 0x%04x", decode.LaterFragment,
		later.Offset, later.ID)).paint = paintNone
	w.writeBelow()
}

// writeBelow writes a line that belongs to the packet above.
func (w *LineWriter) writeBelow() {
	w.l.kind = kindNested
	w.l.length, w.l.note = len(w.l.parts), len(w.l.parts)
	w.writeRow(indent, inside)
}

// addPath names the headers between header i and the start of its path, and the UDP port that
// identifies them, if there is one. itself adds header i.
func (w *LineWriter) addPath(p *decode.Packet, i int, itself bool) {
	l := &w.l
	if n := via(p, i); n != 0 {
		l.add(fmt.Sprintf(" via udp/%d", n))
	}
	from := len(l.text)
	l.text = append(l.text, ' ')
	for j := anchor(p, i) + 1; j <= i; j++ {
		if j < i && encloses(p, j, i) || j == i && itself {
			if len(l.text) > from+1 {
				l.text = append(l.text, ':')
			}
			l.text = append(l.text, p.Layers[j].ID.String()...)
		}
	}
	l.text = append(l.text, ": "...)
	l.end(from)
}

// addHosts adds the addresses of an IP header.
func (w *LineWriter) addHosts(p *decode.Packet, net int) {
	src, dst := p.Addrs(net)
	if !src.IsValid() {
		w.l.add(layerName(p.Layers[net]))
		return
	}
	w.l.kind = kindHosts4
	if src.Is6() {
		w.l.kind = kindHosts6
	}
	from := w.l.begin()
	w.l.text = appendAddr(w.l.text, src)
	w.l.end(from)
	w.addArrow()
	from = len(w.l.text)
	w.l.text = appendAddr(w.l.text, dst)
	w.l.end(from)
	w.l.tail = len(w.l.parts)
}
