package render

import (
	"strconv"
	"strings"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
)

// flags are what a transport header says of the connection: TCP's control bits, SCTP's chunks, DCCP's packet type.
func flags(p *decode.Packet, t *analysis.Transport) string {
	if t.InheritedFrom != 0 {
		return ""
	}
	switch t.Proto {
	case decode.ProtoTCP:
		if bits, ok := p.TCPControl(t.Ports); ok {
			return tcpFlags(bits)
		}
	case decode.ProtoSCTP:
		return chunks(p, t.Layer)
	case decode.ProtoDCCP:
		return fieldMeaning(p, t.Layer, "dccp.type")
	}
	return ""
}

// tcpFlags writes the control bits that are set as letters, the ones that open and close a connection first.
func tcpFlags(bits uint8) string { return string(appendTCPFlags(nil, bits)) }

func appendTCPFlags(out []byte, bits uint8) []byte {
	if bits == 0 {
		return append(out, "none"...)
	}
	for _, f := range [...]struct {
		bit    uint8
		letter byte
	}{{decode.FlagSYN, 'S'}, {decode.FlagFIN, 'F'}, {decode.FlagRST, 'R'}, {decode.FlagPSH, 'P'}, {decode.FlagACK, 'A'}, {decode.FlagURG, 'U'},
		{decode.FlagECE, 'E'}, {decode.FlagCWR, 'W'}} {
		if bits&f.bit != 0 {
			out = append(out, f.letter)
		}
	}
	return out
}

// chunks names the chunks behind an SCTP header.
func chunks(p *decode.Packet, layer int) string {
	var names []string
	for i := layer + 1; i < len(p.Layers) && p.Layers[i].ID == decode.IDSCTPChunk; i++ {
		if n := fieldMeaning(p, i, "sctp.chunk_type"); n != "" {
			names = append(names, n)
		}
	}
	return strings.Join(names, "+")
}

// fieldMeaning is what the value of one field of a header stands for.
func fieldMeaning(p *decode.Packet, layer int, key string) string {
	for _, f := range p.Fields(layer) {
		if f.Key == key {
			return f.Meaning()
		}
	}
	return ""
}

// stations are the link's two ends, for a frame without an IP header.
func stations(p *decode.Packet) string {
	if len(p.Layers) == 0 || p.Layers[0].ID != decode.IDEthernet || p.Layers[lastOwn(p)].ID == decode.IDARP {
		return ""
	}
	h := header(p, p.Layers[0])
	if len(h) < decode.EthernetLen {
		return ""
	}
	return mac(decode.Ethernet(h).Src()) + " > " + mac(decode.Ethernet(h).Dst())
}

// mac writes a hardware address.
func mac(b []byte) string {
	out := make([]byte, 0, 3*len(b))
	for i, c := range b {
		if i > 0 {
			out = append(out, ':')
		}
		out = append(out, hexDigits[c>>4], hexDigits[c&0xf])
	}
	return string(out)
}

// appendLink writes the link headers in a few words: the stations of Ethernet and the VLANs, and the names of all others.
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
			out = append(out, mac(e.Src())+" > "+mac(e.Dst())+" "+etherType(e.Type())+" "...)
		case l.ID == decode.IDVLAN:
			out = append(out, "vlan "+fieldValue(p, i, "vlan.id")+" "...)
		default:
			out = append(out, l.ID.String()+" "...)
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
