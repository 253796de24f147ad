package quiz

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/portsniff/portsniff/decode"
)

// Usual wrong assumptions about where ports are, in bytes.
const (
	// start of a transport header after Ethernet without tags and IPv4 without options
	usualStart = 34
	shortIPv4  = 20 // length of an IPv4 header without options
)

func portWord(dst bool) string {
	if dst {
		return "destination"
	}
	return "source"
}

// portBytes asks for the position of a port.
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
		about: fmt.Sprint(s.Number, t.At), // the position of one port reveals the other's
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

// sentenceless capitalizes the first letter of a text.
func sentenceless(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func spaced(b []byte) string { return fmt.Sprintf("% x", b) }

// wrongPlaces adds the usual wrong positions of a port.
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
				"That assumes an IPv4 header of 20 bytes. Its IHL is %d: it has %d.",
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
			p.wrong(span(f), fmt.Sprintf("That is the %s port of the %s %s header. "+
				"The question is about %s.",
				portWord(dst), where, protoName(t.Proto), s.which()))
		}
	}
}

// wrongForms adds the usual wrong notations of the two bytes from offset at.
func (p *Part) wrongForms(at int) {
	p.wrong(strconv.Itoa(at), fmt.Sprintf(
		"Byte %d is the first of them. A port has two bytes: give both.", at))
	p.wrong(strconv.Itoa(at+1), fmt.Sprintf(
		"Byte %d is the second of them. A port has two bytes: give both.", at+1))
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
	p.wrong(pair(8*at, 8*at+15), "That counts bits. The question is about bytes, eight bits each.")
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
		"That is the same number in hexadecimal. Write it in decimal.")
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
