package quiz

import (
	"fmt"
	"strconv"

	"github.com/portsniff/portsniff/decode"
)

// moved asks where the ports would be if an earlier header were longer.
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
		"That is where the destination port would begin. The question is about the source port.")
	part.Otherwise = fmt.Sprintf(
		"The source port begins at byte %d now; whatever is put in front moves it by as many "+
			"bytes.", at)
	q.Exhibits = []Exhibit{exhibit(s.Frame)}
	q.Ask = "one number, such as 42 or 0x2a"
	q.Answer = "@" + part.Right[0]
	return q
}

// number2 returns the only right answer of a part as a number.
func number2(p *Part) int {
	n, err := strconv.Atoi(p.Right[0])
	if err != nil {
		panic("quiz: " + err.Error()) // it was formatted from a number
	}
	return n
}

func (m *maker) longerIPv4(s *subject, at, ihl int) *Question {
	const lower, upper = 5, 15
	other := lower + m.rng.IntN(upper-lower+1)
	if other == ihl {
		other = lower + (other-lower+1)%(upper-lower+1)
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

// place formats a byte's offset in normal form, or returns "" if it is negative.
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
			"A VLAN tag comes between the addresses and the EtherType. %s draws them.",
			m.explain(s.Number)),
		Why: fmt.Sprintf("Now it begins at @%d. Each tag has four bytes: %d + %d = %d.", at, at,
			4*tags, at+4*tags),
		Ref: "IEEE 802.1Q, clause 9",
	}
}
