package quiz

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/portsniff/portsniff/decode"
)

// Ways that ports are often looked for, in bytes.
const (
	// where a transport header begins after Ethernet without tags and IPv4 without options
	usualStart = 34
	shortIPv4  = 20 // an IPv4 header without options
)

func portWord(dst bool) string {
	if dst {
		return "destination"
	}
	return "source"
}

// portBytes asks where a port sits.
func (m *maker) portBytes() *Question {
	s := m.choose(PortBytes)
	if s == nil {
		return nil
	}
	dst := m.rng.IntN(3) > 0
	t := s.transport()
	f, other := portField(s.Frame, t, dst), portField(s.Frame, t, !dst)
	if f == nil || other == nil {
		return nil
	}
	q := &Question{
		Text: fmt.Sprintf(
			"Frame %d: which bytes of the frame hold the %s port of %s? Count from 0 at the "+
				"first byte of the frame.", s.Number, portWord(dst), s.which()),
		Ask:      "the first and the last byte, such as 6-11",
		Exhibits: []Exhibit{exhibit(s.Frame)},
		Hint: fmt.Sprintf(
			"Find where %s begins; the rows that %s draws begin with their place.", s.which(),
			m.explain(s.Number)),
		Ref:   section(f.Ref),
		about: fmt.Sprint(s.Number, t.At), // the place of one port gives away the other's
	}
	l := s.Packet.Layers[t.Layer]
	part := Part{Name: "the bytes", Form: Bytes, Right: []string{span(f)}}
	part.wrongPlaces(s, f, other)
	part.Otherwise = fmt.Sprintf(
		"The %s header begins at byte %d of this frame; its first two bytes are the source "+
			"port, the next two the destination port.", protoName(t.Proto), l.At)
	q.Why = fmt.Sprintf(
		"%s, so the %s header begins at @%d. Its source port is its bytes 0-1, its destination "+
			"port 2-3: @%s holds %s = %d.",
		sentenceless(way(s.Packet, t.Layer)), protoName(t.Proto), l.At, span(f), spaced(f.Raw),
		f.Value)
	q.Parts, q.Answer = []Part{part}, "@"+span(f)
	return q
}

// sentenceless begins a text with a capital letter.
func sentenceless(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func spaced(b []byte) string { return fmt.Sprintf("% x", b) }

// wrongPlaces adds the usual ways to miss a port's place.
func (p *Part) wrongPlaces(s *subject, f, other *decode.Field) {
	t, at, start := s.transport(), f.At/8, s.Packet.Layers[s.transport().Layer].At
	name := protoName(t.Proto)
	p.wrong(span(other), "Source and destination are exchanged: the source port comes first.")
	p.wrong(pair(at-start, at-start+1), fmt.Sprintf(
		"That is counted from the start of the %s header. It begins at byte %d of the frame: "+
			"add that.", name, start))
	p.wrong(pair(other.At/8-start, other.At/8-start+1),
		fmt.Sprintf("That is counted from the start of the %s header, and it is the other port: "+
			"the source port comes first.", name))
	if t.Net >= 0 {
		net := s.Packet.Layers[t.Net]
		p.wrong(pair(at-net.At, at-net.At+1),
			fmt.Sprintf("That is counted from the start of the IP header, which begins at byte "+
				"%d of the frame.", net.At))
		if net.ID == decode.IDIPv4 && net.Len != shortIPv4 {
			forgot := net.At + shortIPv4 + at - start
			p.wrong(pair(forgot, forgot+1), fmt.Sprintf(
				"That takes the IPv4 header to be 20 bytes long. Its IHL is %d: it has %d.",
				net.Len/4, net.Len))
		}
	}
	usual := usualStart + at - start
	p.wrong(pair(usual, usual+1), fmt.Sprintf(
		"That is right only for 14 bytes of Ethernet and 20 of IPv4. Here %s.",
		way(s.Packet, t.Layer)))
	for i := range s.Transport {
		p.wrongHeader(s, i)
	}
	p.wrongForms(at)
}

// wrongHeader adds the ports of another header in the same packet.
func (p *Part) wrongHeader(s *subject, i int) {
	t := &s.Transport[i]
	if i == s.header || t.InheritedFrom != 0 {
		return
	}
	where := "inner"
	switch {
	case t.Quoted:
		where = "quoted"
	case i < s.header:
		where = "outer"
	}
	for _, dst := range []bool{false, true} {
		if f := portField(s.Frame, t, dst); f != nil {
			p.wrong(span(f), fmt.Sprintf("Those are the %s port of the %s %s header. Asked is %s.",
				portWord(dst), where, protoName(t.Proto), s.which()))
		}
	}
}

// wrongForms adds the usual ways to write the two bytes from at on wrong.
func (p *Part) wrongForms(at int) {
	p.wrong(strconv.Itoa(at), fmt.Sprintf(
		"Byte %d is the first of them. A port has two bytes: say both.", at))
	p.wrong(strconv.Itoa(at+1), fmt.Sprintf(
		"Byte %d is the second of them. A port has two bytes: say both.", at+1))
	p.wrong(pair(at+1, at+2),
		"That is one too far: the first byte of the frame has number 0, not 1.")
	p.wrong(pair(at, at+2), "Those are three bytes. A port has two; the last one counts.")
	p.wrong(pair(at, at+3), "Those are four bytes, two ports. A port has two bytes.")
	first, err1 := strconv.Atoi(fmt.Sprintf("%x", at))
	second, err2 := strconv.Atoi(fmt.Sprintf("%x", at+1))
	if err1 == nil && err2 == nil {
		p.wrong(pair(first, second),
			"Those are the hexadecimal digits. Write 0x in front of them, or the number in "+
				"decimal.")
	}
	p.wrong(pair(8*at, 8*at+15), "That counts bits. Asked are bytes, eight bits each.")
}

// portValue asks which number two bytes are.
func (m *maker) portValue() *Question {
	s := m.choose(PortValue)
	if s == nil {
		return nil
	}
	dst := m.rng.IntN(3) == 0
	t := s.transport()
	f, other := portField(s.Frame, t, dst), portField(s.Frame, t, !dst)
	if f == nil || other == nil {
		return nil
	}
	high, low := uint64(f.Raw[0]), uint64(f.Raw[1])
	part := Part{Name: "the number", Form: Decimal, Right: []string{fmt.Sprint(f.Value)}}
	part.wrong(fmt.Sprint(low<<8|high),
		"The bytes are swapped: the network's order puts the more significant byte first.")
	part.wrong(fmt.Sprint(high+low),
		"That is the sum of the two bytes. The first one counts 256 times: it is the upper half "+
			"of the number.")
	part.wrong(strings.TrimLeft(fmt.Sprintf("%d%d", high, low), "0"),
		"Those are both bytes in decimal side by side. The first one counts 256 times.")
	part.wrong(fmt.Sprintf("0x%x", f.Value),
		"That is the same number in hexadecimal. Asked is the decimal one.")
	part.wrong(fmt.Sprint(high*255+low),
		"A byte has 256 values, not 255: the first one counts 256 times.")
	part.wrong(fmt.Sprint(other.Value), fmt.Sprintf(
		"That is the other port of the header, the %s port.", portWord(!dst)))
	part.wrong(fmt.Sprint(low), "That is the second byte alone. A port has two.")
	part.wrong(fmt.Sprint(high), "That is the first byte alone. A port has two.")
	part.Otherwise = fmt.Sprintf(
		"The first byte counts 256 times, the second once: 0x%02x is %d, 0x%02x is %d.", high, high,
		low, low)
	return &Question{
		Text: fmt.Sprintf(
			"Frame %d: the %s port of %s has the bytes %s. Which number is that, in decimal?",
			s.Number, portWord(dst), s.which(), spaced(f.Raw)),
		Ask:   "one decimal number",
		Parts: []Part{part}, Answer: fmt.Sprint(f.Value),
		Exhibits: []Exhibit{exhibit(s.Frame)},
		Hint: fmt.Sprintf(
			"Two hexadecimal digits are one byte, 0 to 255. %s shows numbers beside bytes.",
			m.explain(s.Number)),
		Why: fmt.Sprintf(
			"0x%04x = %d*256 + %d = %d. Every number in these headers has its most significant "+
				"byte first.", f.Value, high, low, f.Value),
		Ref:   "RFC 791, appendix B",
		about: fmt.Sprint(f.Value),
	}
}

// nextHeader asks for the byte that says what follows IP.
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
			"Frame %d: which byte of the frame says what follows the %s header, and what is its "+
				"value?", s.Number, name),
		Ask:   "the byte and its value, such as 7 99",
		Parts: []Part{place, value}, Answer: fmt.Sprintf("@%d %d", f.At/8, f.Value),
		Exhibits: []Exhibit{exhibit(s.Frame)},
		Hint: fmt.Sprintf(
			"The IP header has no ports, but a field that says which header comes next. %s has "+
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

// announcing is the field of an IP header that says what follows it.
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

// wrongFields adds the places of other fields, and the ways to count wrong.
func (p *Part) wrongFields(packet *decode.Packet, net int, fields []decode.Field,
	right *decode.Field) {
	at, start := right.At/8, packet.Layers[net].At
	p.wrong(strconv.Itoa(at-start), fmt.Sprintf(
		"That is counted from the start of the IP header, which begins at byte %d of the frame: "+
			"add that.", start))
	if net > 0 {
		const etherType = 2
		p.wrong(strconv.Itoa(start-etherType),
			"That byte is before the IP header: it says that IP follows, not what follows IP.")
		p.wrong(strconv.Itoa(start-1),
			"That byte is before the IP header: it says that IP follows, not what follows IP.")
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

// protocolNames are the number of a protocol and the names that people write for it, in lower case.
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

// wrongProtocols adds numbers that are often mixed up.
func (p *Part) wrongProtocols(right uint8) {
	for _, n := range []uint8{1, 6, 17, 58, 132} {
		if n == right {
			continue
		}
		for _, name := range protocolNames(n) {
			p.wrong(name, fmt.Sprintf("%d would say that %s follows. The byte has another value.",
				n, decode.IPProtoName(n)))
		}
	}
	const ipv4, ipv6 = "2048", "34525" // EtherTypes 0x0800 and 0x86dd
	for _, n := range []string{ipv4, ipv6} {
		p.wrong(n, "That is the EtherType, which says that IP follows. Asked is what IP says.")
	}
}

// moved asks where the ports would be if a header in front were longer.
func (m *maker) moved() *Question {
	s := m.choose(Moved)
	if s == nil || s.transport().Net < 0 || nets(s.Packet) != 1 {
		return nil
	}
	t, p := s.transport(), s.Packet
	f, net := portField(s.Frame, t, false), p.Layers[s.transport().Net]
	if f == nil || p.Layers[t.Layer].Quoted {
		return nil
	}
	at := f.At / 8
	var choices []func() *Question
	if net.ID == decode.IDIPv4 && net.At+net.Len <= len(p.Data) {
		choices = append(choices, func() *Question { return m.longerIPv4(s, at, net.Len/4) })
	}
	if net.ID == decode.IDIPv6 {
		choices = append(choices, func() *Question { return m.extended(s, at) })
	}
	if p.Layers[0].ID == decode.IDEthernet {
		choices = append(choices, func() *Question { return m.tagged(s, at) })
	}
	q := choices[m.rng.IntN(len(choices))]()
	part := &q.Parts[0]
	part.wrong(strconv.Itoa(at), "That is where it is now. The longer header moves it.")
	part.wrong(strconv.Itoa(usualStart),
		"34 is right only for 14 bytes of Ethernet and 20 of IPv4.")
	part.wrong(strconv.Itoa(number2(part)+2),
		"That is where the destination port would begin. Asked is the source port.")
	part.Otherwise = fmt.Sprintf(
		"The source port begins at byte %d now; whatever is put in front moves it by as many "+
			"bytes.", at)
	q.Exhibits = []Exhibit{exhibit(s.Frame)}
	q.Ask = "one number, such as 42 or 0x2a"
	q.Answer = "@" + part.Right[0]
	return q
}

// number2 is the only right answer of a part as a number.
func number2(p *Part) int {
	n, err := strconv.Atoi(p.Right[0])
	if err != nil {
		panic("quiz: " + err.Error()) // it was made of a number
	}
	return n
}

func (m *maker) longerIPv4(s *subject, at, ihl int) *Question {
	const least, most = 5, 15
	other := least + m.rng.IntN(most-least+1)
	if other == ihl {
		other = least + (other-least+1)%(most-least+1)
	}
	part := Part{Name: "the byte", Form: Number, Right: []string{strconv.Itoa(at + 4*(other-ihl))}}
	part.wrong(place(at+other-ihl), "The IHL counts words of 32 bits: one more is four bytes more.")
	part.wrong(place(at-4*(other-ihl)),
		"That is the wrong way: a longer IP header moves the ports back, a shorter one forward.")
	return &Question{
		about: fmt.Sprint("ihl", s.Number),
		Text: fmt.Sprintf(
			"Frame %d has an IPv4 header with an IHL of %d. If the IHL were %d, and so many "+
				"words of options there, at which byte of the frame would the source port begin?",
			s.Number, ihl, other),
		Parts: []Part{part},
		Hint: fmt.Sprintf("The IHL counts words of four bytes. %s shows the sum.",
			m.explain(s.Number)),
		Why: fmt.Sprintf(
			"Now it begins at @%d. %d words of four bytes instead of %d: %d + 4*(%d - %d) = %d.",
			at, other, ihl, at, other, ihl, at+4*(other-ihl)),
		Ref: "RFC 791, section 3.1",
	}
}

// place writes a byte's place in normal form; nothing where it cannot be.
func place(at int) string {
	if at < 0 {
		return ""
	}
	return strconv.Itoa(at)
}

func (m *maker) extended(s *subject, at int) *Question {
	words := 1 + m.rng.IntN(3)
	part := Part{Name: "the byte", Form: Number, Right: []string{strconv.Itoa(at + 8*words)}}
	part.wrong(strconv.Itoa(at+words),
		"That adds as many bytes as there are units. A unit has eight bytes.")
	part.wrong(strconv.Itoa(at+4*words),
		"That counts units of four bytes. Extension headers are counted in units of eight.")
	return &Question{
		about: fmt.Sprint("extension", s.Number),
		Text: fmt.Sprintf(
			"If frame %d had one more IPv6 extension header in front of %s, of %d bytes, at "+
				"which byte of the frame would the source port begin?", s.Number, s.which(),
			8*words),
		Parts: []Part{part},
		Hint:  fmt.Sprintf("%s shows where the port begins now.", m.explain(s.Number)),
		Why: fmt.Sprintf(
			"Now it begins at @%d. Extension headers have a multiple of eight bytes, and these "+
				"move it to %d + %d = %d.", at, at, 8*words, at+8*words),
		Ref: "RFC 8200, section 4",
	}
}

func (m *maker) tagged(s *subject, at int) *Question {
	tags := 1 + m.rng.IntN(2)
	part := Part{Name: "the byte", Form: Number, Right: []string{strconv.Itoa(at + 4*tags)}}
	if tags > 1 {
		part.wrong(strconv.Itoa(at+4), "That is one tag. There would be two.")
	}
	part.wrong(strconv.Itoa(at+2*tags),
		"A tag has four bytes: two of EtherType and two of priority and VLAN.")
	part.wrong(strconv.Itoa(at+tags), "A tag has four bytes, not one.")
	word := map[int]string{1: "one more VLAN tag", 2: "two more VLAN tags"}[tags]
	return &Question{
		about: fmt.Sprint("tag", s.Number),
		Text: fmt.Sprintf(
			"If frame %d had %s in front of its IP header, at which byte of the frame would the "+
				"source port begin?", s.Number, word),
		Parts: []Part{part},
		Hint: fmt.Sprintf(
			"A VLAN tag stands between the addresses and the EtherType. %s draws them.",
			m.explain(s.Number)),
		Why: fmt.Sprintf("Now it begins at @%d. Each tag has four bytes: %d + %d = %d.", at, at,
			4*tags, at+4*tags),
		Ref: "IEEE 802.1Q, clause 9",
	}
}
