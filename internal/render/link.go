package render

import (
	"strconv"

	"github.com/portsniff/portsniff/decode"
)

// addStations adds both hardware addresses of a frame without an IP header.
func (w *LineWriter) addStations(p *decode.Packet) {
	if len(p.Layers) == 0 || p.Layers[0].ID != decode.IDEthernet ||
		p.Layers[lastOwn(p)].ID == decode.IDARP {
		return
	}
	h := header(p, p.Layers[0])
	if len(h) < decode.EthernetLen {
		return
	}
	l := &w.l
	l.kind = kindHosts6 // as wide as IPv6 addresses
	from := l.begin()
	l.text = appendMAC(l.text, decode.Ethernet(h).Src())
	l.end(from)
	w.addArrow()
	from = len(l.text)
	l.text = appendMAC(l.text, decode.Ethernet(h).Dst())
	l.end(from)
	l.tail = len(l.parts)
}

// mac writes a hardware address.
func mac(b []byte) string { return string(appendMAC(make([]byte, 0, 3*len(b)), b)) }

func appendMAC(out, b []byte) []byte {
	for i, c := range b {
		if i > 0 {
			out = append(out, ':')
		}
		out = append(out, hexDigits[c>>4], hexDigits[c&0xf])
	}
	return out
}

// appendLink writes the link headers: Ethernet addresses, VLANs, and the names of other headers.
func appendLink(out []byte, p *decode.Packet) []byte {
	for i := range p.Layers {
		l := p.Layers[i]
		if l.ID == decode.IDIPv4 || l.ID == decode.IDIPv6 || l.ID == decode.IDARP {
			break
		}
		h := header(p, l)
		switch {
		case l.ID == decode.IDEthernet && len(h) >= decode.EthernetLen:
			e := decode.Ethernet(h)
			out = append(appendMAC(out, e.Src()), " > "...)
			out = append(appendMAC(out, e.Dst()), ' ')
			out = append(append(out, etherType(e.Type())...), ' ')
		case l.ID == decode.IDVLAN:
			out = append(out, "vlan "+fieldValue(p, i, "vlan.id")+" "...)
		default:
			out = append(append(out, l.ID.String()...), ' ')
		}
	}
	return out
}

func etherType(t uint16) string {
	if n := decode.EtherTypeName(t); n != "" {
		return n
	}
	return "0x" + strconv.FormatUint(uint64(t)|1<<16, 16)[1:]
}

func fieldValue(p *decode.Packet, layer int, key string) string {
	for _, f := range p.Fields(layer) {
		if f.Key == key && !f.Cut {
			return strconv.FormatUint(f.Value, 10)
		}
	}
	return "?"
}
