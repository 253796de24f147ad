package page

import (
	"encoding/json"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/explain"
	"github.com/portsniff/portsniff/internal/render"
)

// ends holds the facts of both ports of a header, the source's first.
type ends [2]facts

// facts describe one port. Everything but the number is shared by many packets.
type facts struct{ Range, Name, Role, Why, Systems, Service text }

// MarshalJSON writes the facts as an array.
func (f facts) MarshalJSON() ([]byte, error) {
	return json.Marshal([...]text{f.Range, f.Name, f.Role, f.Why, f.Systems, f.Service})
}

// A quoted header belongs to another packet, which an ICMP error quotes.
type quoted struct {
	Proto string `json:"proto"`
	Src   string `json:"src"`
	Dst   string `json:"dst"`
	SPort uint16 `json:"sport"`
	DPort uint16 `json:"dport"`
	Ends  ends   `json:"ends"`
}

// meaning adds what the packet does and what its ports mean.
func (e *encoder) meaning(f *analysis.Frame, t int, story *explain.Account, out *packet) {
	out.What = e.text(what(f, t))
	out.Start = e.text(story.Start)
	for i := range story.Pairs {
		p := &story.Pairs[i]
		both := ends{e.facts(&p.Source), e.facts(&p.Destination)}
		if p.Quoted {
			out.Quoted = append(out.Quoted, quoted{p.Proto.String(), address(p.SrcAddr),
				address(p.DstAddr), p.Src, p.Dst, both})
			continue
		}
		out.Ends = &both
	}
	for _, s := range story.Notes {
		out.Notes = append(out.Notes, e.text(s))
	}
	if t >= 0 && f.Transport[t].Sequence.Known {
		out.Seq = []uint32{f.Transport[t].Sequence.Seq, f.Transport[t].Sequence.Ack}
	}
	if t >= 0 && f.Transport[t].InheritedFrom == 0 {
		l := &f.Packet.Layers[f.Transport[t].Layer]
		n := max(l.End-l.At-l.Len, 0)
		out.Payload = &n
	}
}

func (e *encoder) facts(p *explain.PortFacts) facts {
	return facts{e.text(p.Range), e.text(p.Name), e.text(p.Role), e.text(p.Why), e.text(p.Systems),
		e.text(p.Service)}
}

// what describes what the packet does to its connection, or the kind of a packet without ports. It
// returns "" for a packet that only carries data.
func what(f *analysis.Frame, t int) string {
	if t < 0 || f.Transport[t].InheritedFrom != 0 {
		return render.Summary(f.Packet)
	}
	ports := f.Transport[t].TransportHeader
	switch bits, ok := f.Packet.TCPControl(ports); {
	case ok:
		return tcpWords(f.Packet, ports.Layer, bits)
	case ports.Proto == decode.ProtoSCTP && ports.Layer+1 < len(f.Packet.Layers):
		return meaningOf(f.Packet, ports.Layer+1, "sctp.chunk_type")
	case ports.Proto == decode.ProtoDCCP:
		return meaningOf(f.Packet, ports.Layer, "dccp.type")
	}
	return ""
}

// tcpWords describes the effect of TCP's control bits (RFC 9293 section 3.5).
func tcpWords(p *decode.Packet, layer int, bits uint8) string {
	h := p.TCP(layer)
	switch {
	case bits&decode.FlagSYN != 0 && bits&decode.FlagACK != 0:
		return "SYN ACK: accepts"
	case bits&decode.FlagSYN != 0:
		return "SYN: opens"
	// a reset in reply to a segment without ACK, such as a SYN, has sequence number 0 (3.5.2)
	case bits&decode.FlagRST != 0 && bits&decode.FlagACK != 0 && h != nil && h.Seq == 0:
		return "RST ACK: refuses"
	case bits&decode.FlagRST != 0:
		return "RST: breaks off"
	case bits&decode.FlagFIN != 0:
		return "FIN: ends"
	case bits&decode.FlagACK != 0 && p.Layers[layer].End <= p.Layers[layer].At+p.Layers[layer].Len:
		return "ACK"
	}
	return ""
}

// meaningOf returns the meaning of a field's value, or "" if it has none.
func meaningOf(p *decode.Packet, layer int, key string) string {
	for _, f := range p.Fields(layer) {
		if f.Key == key {
			return f.Meaning()
		}
	}
	return ""
}
