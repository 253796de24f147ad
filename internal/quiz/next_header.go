package quiz

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/portsniff/portsniff/decode"
)

// nextHeader asks for the byte that contains the next protocol after IP.
func (m *maker) nextHeader() *Question {
	s := m.choose(NextHeader)
	if s == nil {
		return nil
	}
	p, net := s.Packet, s.Packet.NetLayer()
	fields := p.Fields(net)
	f := announcing(fields)
	if f == nil || f.Cut {
		return nil
	}
	l := p.Layers[net]
	name := map[decode.ProtocolID]string{decode.IDIPv4: "IPv4", decode.IDIPv6: "IPv6"}[l.ID]
	if nets(p) > 1 {
		name = "outermost " + name
	}
	place := Part{Name: "the byte", Form: Number, Right: []string{strconv.Itoa(f.At / 8)},
		Otherwise: fmt.Sprintf(
			"The IP header begins at byte %d of the frame, and its field %s is %d bytes on.", l.At,
			f.Name, f.At/8-l.At)}
	place.wrongFields(p, net, fields, f)
	value := Part{Name: "the value", Form: Protocol, Right: protocolNames(uint8(f.Value)),
		Otherwise: fmt.Sprintf(
			"Byte %d is 0x%02x: that is %d.", f.At/8, f.Value, f.Value)}
	value.wrongProtocols(uint8(f.Value))
	return &Question{
		Text: fmt.Sprintf(
			"Frame %d: which byte of the frame names the protocol after the %s header, "+
				"and what is its value?", s.Number, name),
		Ask:   "the byte and its value, such as 7 99",
		Parts: []Part{place, value}, Answer: fmt.Sprintf("@%d %d", f.At/8, f.Value),
		Exhibits: []Exhibit{exhibit(s.Frame)},
		Hint: fmt.Sprintf(
			"The IP header has no ports. One of its fields names the next header. %s has "+
				"it in capitals.", m.explain(s.Number)),
		Why: fmt.Sprintf(
			"The IP header begins at @%d. Its field %s is byte %d of it, @%d of the frame: %d%s.",
			l.At, f.Name, f.At/8-l.At, f.At/8, f.Value, says(f)),
		Ref: section(f.Ref),
	}
}

func says(f *decode.Field) string {
	if m := f.Meaning(); m != "" {
		return ", " + m
	}
	return ""
}

// announcing returns the field of an IP header that identifies the next protocol.
func announcing(fields []decode.Field) *decode.Field {
	for i := range fields {
		if f := &fields[i]; f.Role == decode.NextIPProtocol {
			return f
		}
	}
	return nil
}

// nets counts a packet's own IP headers.
func nets(p *decode.Packet) (n int) {
	for _, l := range p.Layers {
		if !l.Quoted && (l.ID == decode.IDIPv4 || l.ID == decode.IDIPv6) {
			n++
		}
	}
	return n
}

// wrongFields adds the positions of other fields, and the results of miscounting.
func (p *Part) wrongFields(packet *decode.Packet, net int, fields []decode.Field,
	right *decode.Field) {
	at, start := right.At/8, packet.Layers[net].At
	p.wrong(strconv.Itoa(at-start), fmt.Sprintf(
		"That is counted from the start of the IP header, which begins at byte %d of the frame: "+
			"add that.", start))
	if net > 0 {
		const etherType = 2
		p.wrong(strconv.Itoa(start-etherType),
			"That byte is before the IP header: it announces IP, not what follows IP.")
		p.wrong(strconv.Itoa(start-1),
			"That byte is before the IP header: it announces IP, not what follows IP.")
	}
	for i := range fields {
		f := &fields[i]
		for b := f.At / 8; b < (f.At+f.Width+7)/8 && f != right; b++ {
			p.wrong(strconv.Itoa(b), fmt.Sprintf("In byte %d is the field %s: %s", b, f.Name,
				f.Doc))
		}
	}
	if n, err := strconv.Atoi(fmt.Sprintf("%x", at)); err == nil {
		p.wrong(strconv.Itoa(n),
			"Those are the hexadecimal digits. Write 0x in front of them, or the number in "+
				"decimal.")
	}
}

// protocolNames returns the number of a protocol and its common names, in lower case.
func protocolNames(n uint8) []string {
	out := []string{strconv.Itoa(int(n))}
	for _, name := range append([]string{decode.IPProtoName(n)},
		map[uint8][]string{58: {"icmpv6", "icmp6"}, 136: {"udplite", "udp-lite"},
			0: {"hop-by-hop", "hopopt"}, 4: {"ipip", "ipv4"}, 41: {"ipv6"}}[n]...) {
		if name = strings.ToLower(name); name != "" && !strings.Contains(name, " ") &&
			name[0] >= 'a' {
			out = append(out, name)
		}
	}
	return out
}

// wrongProtocols adds numbers that are often confused.
func (p *Part) wrongProtocols(right uint8) {
	for _, n := range []uint8{1, 6, 17, 58, 132} {
		if n == right {
			continue
		}
		for _, name := range protocolNames(n) {
			p.wrong(name, fmt.Sprintf("%d would announce %s. The byte has another value.",
				n, decode.IPProtoName(n)))
		}
	}
	const ipv4, ipv6 = "2048", "34525" // EtherTypes 0x0800 and 0x86dd
	for _, n := range []string{ipv4, ipv6} {
		p.wrong(n, "That is the EtherType: it announces IP. The question is what IP announces.")
	}
}
