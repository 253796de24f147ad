package quiz

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/portsniff/portsniff/decode"
)

// A why explains in a sentence why a packet has no ports of its own, with the reference.
type why struct{ text, ref string }

var whys = map[decode.Reason]why{
	decode.NotIP: {"no IP header, hence no transport header", "RFC 1122, section 1.1.3"},
	decode.NoTransport: {"this protocol has no ports; a type, a code or an " +
		"identifier is none", "RFC 792"},
	decode.LaterFragment: {"a later fragment: the transport header is in the first one only",
		"RFC 791, section 3.2"},
	decode.CutOff:          {"the capture kept too few bytes of it", ""},
	decode.Encrypted:       {"the transport header is encrypted", "RFC 4303, section 2"},
	decode.Malformed:       {"a header contradicts itself or what encloses it", ""},
	decode.UnsupportedLink: {"nothing here knows what such frames begin with", ""},
}

// Greatest numbers of packets that are shown together.
const (
	maxPortless = 3
	maxChoices  = 4
)

// noPorts asks which of some packets have no ports of their own, and why.
func (m *maker) noPorts() *Question {
	chosen := m.several(NoPorts, 1+m.rng.IntN(maxPortless))
	if len(chosen) == 0 {
		return nil
	}
	chosen = append(chosen, m.several(withPorts, maxChoices-len(chosen))...)
	if len(chosen) < 2 {
		return nil
	}
	slices.SortFunc(chosen, func(a, b *subject) int { return cmp.Compare(a.Number, b.Number) })
	q := &Question{Ref: "RFC 1122, section 1.1.3"}
	var numbers []int64
	var names, answers, reasons []string
	for _, s := range chosen {
		numbers = append(numbers, s.Number)
		names = append(names, fmt.Sprint(s.Number))
		q.Exhibits = append(q.Exhibits, exhibit(s.Frame))
		q.Parts = append(q.Parts, portlessPart(s))
		if r := s.Packet.NoPorts; r != decode.HasPorts {
			answers = append(answers, fmt.Sprintf("%d %s", s.Number, r))
			reasons = append(reasons, fmt.Sprintf("%d: %s%s.", s.Number, whys[r].text, quotes(s)))
			q.Ref = cmp.Or(whys[r].ref, q.Ref)
		} else {
			reasons = append(reasons, fmt.Sprintf("%d: has %s.", s.Number, itsPorts(s)))
		}
	}
	q.Text = fmt.Sprintf("Which of the frames %s and %s carry no ports of their own, and why?",
		strings.Join(names[:len(names)-1], ", "), names[len(names)-1])
	q.Ask = "each such frame's number and one of not-ip, no-transport, later-fragment, cut, " +
		"encrypted, malformed, unsupported-link; as 98 cut, 99 malformed"
	q.Answer, q.Why = strings.Join(answers, ", "), strings.Join(reasons, " ")
	q.Hint = "Follow the byte that names the next header, from header to header; look at the " +
		"fragment offset on the way. " + m.explain(numbers...) + " draws them."
	return q
}

// several chooses up to n packets with different numbers. Packets without ports have as many
// different reasons as possible.
func (m *maker) several(k Kind, n int) (out []*subject) {
	p := m.pools[k]
	if p == nil || n <= 0 {
		return nil
	}
	reasons := make(map[decode.Reason]bool)
	var more []*subject
	for _, i := range m.rng.Perm(len(p.kept)) {
		switch s := p.kept[i]; {
		case len(out) < n && !reasons[s.Packet.NoPorts]:
			reasons[s.Packet.NoPorts] = true
			out = append(out, s)
		default:
			more = append(more, s)
		}
	}
	return append(out, more[:min(n-len(out), len(more))]...)
}

// portlessPart returns the expected answer for one packet. has is the value if the packet is not
// mentioned.
func portlessPart(s *subject) Part {
	const has = "ports"
	p := Part{Name: fmt.Sprintf("frame %d", s.Number), Key: fmt.Sprint(s.Number), Form: Reason,
		Unsaid: has}
	r := s.Packet.NoPorts
	if r == decode.HasPorts {
		p.Right = []string{has}
		p.Otherwise = fmt.Sprintf("Frame %d has %s.", s.Number, itsPorts(s))
		return p
	}
	p.Right = []string{r.String()}
	missed := fmt.Sprintf("Frame %d has no ports of its own either: %s.", s.Number, whys[r].text)
	if quoted := quotes(s); quoted != "" {
		missed = fmt.Sprintf("Frame %d has no ports of its own%s.", s.Number, quoted)
	}
	p.wrong(has, missed)
	p.wrong(onlyNamed, fmt.Sprintf("Frame %d has no ports, but why? Here: %s.", s.Number, r))
	if r == decode.LaterFragment {
		p.wrong(decode.NoTransport.String(), fmt.Sprintf(
			"Frame %d does carry a part of a %s packet. Its fragment offset is not 0, so the "+
				"header with the ports is in another frame.", s.Number,
			cmp.Or(decode.IPProtoName(s.Packet.Frag.Proto), "transport")))
	}
	if r == decode.NotIP {
		p.wrong(decode.NoTransport.String(), fmt.Sprintf(
			"Frame %d has no IP header that could name a transport: not-ip.", s.Number))
	}
	if r == decode.NoTransport {
		p.wrong(decode.NotIP.String(), fmt.Sprintf(
			"Frame %d has an IP header; what it carries has no ports: no-transport.", s.Number))
	}
	p.Otherwise = fmt.Sprintf("Frame %d has no ports, but for another reason: %s, %s.",
		s.Number, r, whys[r].text)
	return p
}

// quotes returns a text about the ports that a packet only quotes, or "".
func quotes(s *subject) string {
	for _, t := range s.Transport {
		if t.Quoted {
			return fmt.Sprintf(
				"; the ports %d and %d in it are those of the packet that this ICMP error quotes",
				t.Src, t.Dst)
		}
	}
	return ""
}

// itsPorts names the ports that a packet has.
func itsPorts(s *subject) string {
	for _, t := range s.Transport {
		if !t.Quoted && t.InheritedFrom == 0 {
			return fmt.Sprintf("%s ports, %d and %d, from byte %d on", protoName(t.Proto), t.Src,
				t.Dst, t.At)
		}
	}
	return "ports"
}

// quoted asks what an ICMP error reports.
func (m *maker) quoted() *Question {
	s := m.choose(Quoted)
	if s == nil {
		return nil
	}
	t := s.transport()
	f, other := portField(s.Frame, t, true), portField(s.Frame, t, false)
	if f == nil || other == nil {
		return nil
	}
	who := Part{Name: "whose packet", Form: Address, Right: []string{t.SrcAddr.String()},
		Otherwise: fmt.Sprintf("The quoted IP header has its source: %s sent the packet.",
			t.SrcAddr)}
	if src, _ := s.Packet.Addrs(s.Packet.NetLayer()); src.IsValid() {
		who.wrong(src.String(),
			"That host reports the error. The question is who sent the packet that failed: the "+
				"quoted source.")
	}
	who.wrong(t.DstAddr.String(),
		"That is the packet's destination. The question is who sent it: the quoted source.")
	port := Part{Name: "the port", Form: Number, Right: []string{fmt.Sprint(t.Dst)},
		Otherwise: fmt.Sprintf(
			"The quoted header has the ports of the packet that failed: it went from %d to %d.",
			t.Src, t.Dst)}
	port.wrong(fmt.Sprint(t.Src),
		"That is the port it came from: source and destination are exchanged.")
	port.wrong(fmt.Sprint(t.Dst>>8|t.Dst<<8),
		"The bytes are swapped: the network's order puts the more significant byte first.")
	place := Part{Name: "the bytes", Form: Bytes, Right: []string{span(f)},
		Otherwise: fmt.Sprintf(
			"The quoted %s header begins at byte %d; its destination port is its bytes 2-3.",
			protoName(t.Proto), s.Packet.Layers[t.Layer].At)}
	place.wrongPlaces(s, f, other)
	return &Question{
		Text: fmt.Sprintf(
			"Frame %d is an ICMP error about another packet. Whose packet failed, to which %s "+
				"port was it going, and which bytes of the frame hold that port?",
			s.Number, protoName(t.Proto)),
		Ask:      "the sender's address, the port and its bytes, such as 192.0.2.99 1 6-11",
		Exhibits: []Exhibit{exhibit(s.Frame)},
		Parts:    []Part{who, port, place},
		Answer:   fmt.Sprintf("%s %d @%s", t.SrcAddr, t.Dst, span(f)),
		Hint: "ICMP has no ports. After its eight bytes comes the beginning of the packet " +
			"that failed, IP header first. " + m.explain(s.Number) + " marks it as quoted.",
		Why: fmt.Sprintf(
			"%s. The quoted headers are of a packet from %s port %d to %s port %d, and @%s "+
				"holds %s = %d.",
			sentenceless(way(s.Packet, t.Layer)), t.SrcAddr, t.Src, t.DstAddr, t.Dst, span(f),
			spaced(f.Raw), f.Value),
		Ref: quoteRef(s),
	}
}

func quoteRef(s *subject) string {
	for _, l := range s.Packet.Layers {
		if l.ID == decode.IDICMPv6 {
			return "RFC 4443, section 3"
		}
	}
	return "RFC 792"
}

// process asks for something that no header contains. It is used only if there is no ICMP error.
func (m *maker) process() *Question {
	if m.errors {
		return nil
	}
	p := Part{Name: "the field", Form: Field, Right: []string{"none"},
		Otherwise: "That field does not name a process. No field does."}
	p.wrong("port",
		"A port names a socket's address, not a program: only the host's own table "+
			"of sockets knows which process holds it.")
	p.wrong("address", "An address names a host or one of its network cards, not a program.")
	p.wrong("pid", "There is no such field. Process numbers never leave the host.")
	p.wrong("protocol", "That field names the next header, not a process.")
	p.wrong("payload",
		"The payload may show the application, but it is not a header field, and it does not "+
			"name the process.")
	return &Question{
		Text:  "Which field of the IP, TCP or UDP header names the process that sent a packet?",
		Ask:   "the field's name, or none",
		Parts: []Part{p}, Answer: "none",
		Hint: "Only the kernel of a host knows its processes. portsniff listeners asks the " +
			"kernel of this host.",
		Why: "No field does. A port is a number in the header; only the host's kernel knows " +
			"which process owns the socket with that number.",
		Ref: "RFC 9293, section 3.1",
	}
}

// largest asks for the largest port.
func (m *maker) largest() *Question {
	p := Part{Name: "the port", Form: Number, Right: []string{"65535"},
		Otherwise: "A port is a number of 16 bits: 2^16 - 1 is the largest."}
	p.wrong("65536", "That is how many ports there are, 0 included. The largest is one less.")
	p.wrong("65534", "One more: all 16 bits can be set.")
	p.wrong("1023", "That is the last of the system ports.")
	p.wrong("1024", "That is the first of the registered ports.")
	p.wrong("49151", "That is the last of the registered ports. The dynamic ones come after it.")
	p.wrong("49152", "That is the first of the dynamic ports.")
	p.wrong("60999",
		"That is the last port that Linux gives to clients by default. Larger ones exist.")
	p.wrong("32767", "That is the largest number of 15 bits. A port has 16, and no sign.")
	p.wrong("255", "That is the largest number in one byte. A port has two.")
	return &Question{
		Text:  "What is the largest port number there can be?",
		Ask:   "one number, such as 42 or 0x2a",
		Parts: []Part{p}, Answer: "65535",
		Hint: "A port has 16 bits, and no bit is a sign. portsniff lookup 60000 names the three " +
			"ranges.",
		Why: "16 bits hold 2^16 = 65536 different numbers, 0 to 65535.",
		Ref: "RFC 6335, section 6",
	}
}
