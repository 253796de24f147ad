package quiz

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// hostPort formats an endpoint.
func hostPort(e flow.Endpoint) string {
	if !e.Addr.IsValid() {
		return fmt.Sprintf("port %d", e.Port)
	}
	return netip.AddrPortFrom(e.Addr, e.Port).String()
}

// opener returns the name of the packet that opens a conversation, by protocol.
func opener(p decode.Transport) string {
	switch p {
	case decode.ProtoSCTP:
		return "INIT"
	case decode.ProtoDCCP:
		return "Request"
	}
	return "SYN"
}

var openerRefs = map[decode.Transport]string{decode.ProtoTCP: "RFC 9293, section 3.5",
	decode.ProtoSCTP: "RFC 9260, section 5.1", decode.ProtoDCCP: "RFC 4340, section 8.1"}

// client asks which end opened a conversation whose opening was captured.
func (m *maker) client() *Question {
	s := m.choose(Client)
	if s == nil {
		return nil
	}
	t := s.transport()
	k, _ := m.talkOf(t)
	if k == nil || k.asked == 0 || k.contradicts || k.again != 0 {
		return nil
	}
	a, b := flow.Endpoint{Addr: t.SrcAddr, Port: t.Src}, flow.Endpoint{Addr: t.DstAddr, Port: t.Dst}
	if m.rng.IntN(2) == 0 {
		a, b = b, a
	}
	client, server, letter := a, b, "a"
	if k.Endpoint(k.askedBy) == b {
		client, server, letter = b, a, "b"
	}
	word := opener(t.Proto)
	q := &Question{
		Text: fmt.Sprintf(
			"Frame %d belongs to a conversation over %s between A, %s, and B, %s. Which end is "+
				"the client, and what in this capture proves it?",
			s.Number, protoName(t.Proto), hostPort(a), hostPort(b)),
		Ask: "A or B and the reason: syn (or init, request), registered-port, lower-port or " +
			"first-sender",
		Exhibits: []Exhibit{exhibit(s.Frame)},
		Parts:    []Part{clientPart(client, server, letter), proofPart(k, word)},
		Answer:   strings.ToUpper(letter) + " " + strings.ToLower(word),
		Hint: fmt.Sprintf(
			"The end that opens the conversation is the client. Look for its first packets: %s.",
			m.explain(k.first)),
		Why: fmt.Sprintf("Frame %d is the %s that opens it, and %s sent it.", k.asked, word,
			hostPort(client)),
		Ref:   openerRefs[t.Proto],
		about: fmt.Sprint(k.Key),
	}
	return q
}

func clientPart(client, server flow.Endpoint, letter string) Part {
	p := Part{Name: "the client", Form: Endpoint,
		Right: append([]string{letter}, names(client, server)...)}
	text := fmt.Sprintf("That is the server: %s opened the conversation.",
		hostPort(client))
	if annotate.RangeOf(client.Port) == annotate.System {
		text = "A system port does not make a server. " + text
	} else if name := annotate.Registered(decode.ProtoTCP, client.Port).Name; name != "" {
		text = fmt.Sprintf("That %d is registered to %q proves nothing. ", client.Port, name) + text
	}
	p.wrong(map[string]string{"a": "b", "b": "a"}[letter], text)
	for _, n := range names(server, client) {
		p.wrong(n, text)
	}
	p.Otherwise = "That is neither end of this conversation. Answer A or B."
	return p
}

// names returns the notations of an endpoint that do not match the other one.
func names(e, other flow.Endpoint) (out []string) {
	if e.Addr.IsValid() {
		out = append(out, hostPort(e))
		if e.Addr != other.Addr {
			out = append(out, e.Addr.String())
		}
	}
	if e.Port != other.Port {
		out = append(out, fmt.Sprint(e.Port))
	}
	return out
}

func proofPart(k *talk, word string) Part {
	p := Part{Name: "the proof", Form: Evidence, Right: []string{"syn"},
		Otherwise: fmt.Sprintf("The %s proves it.", word)}
	if k.answeredBy != flow.None {
		p.Right = append(p.Right, "syn-ack")
	}
	p.wrong("syn-ack", fmt.Sprintf("The answer to the %s is not in this capture. The %s itself is.",
		word, word))
	p.wrong("registered-port", fmt.Sprintf(
		"A registered name is a guess: any program may use any port. The %s was captured, and "+
			"that proves it.", word))
	p.wrong("lower-port", fmt.Sprintf(
		"The server often has the lower port, but that is no rule. The %s was captured, and "+
			"that proves it.", word))
	p.wrong("first-sender", fmt.Sprintf(
		"The conversation may have begun before the capture. The %s proves it.", word))
	return p
}

// reply asks for the ports of the reply, if it was captured or the protocol determines its ports.
func (m *maker) reply() *Question {
	s := m.choose(Reply)
	if s == nil {
		return nil
	}
	t := s.transport()
	connected := t.Proto == decode.ProtoTCP || t.Proto == decode.ProtoSCTP ||
		t.Proto == decode.ProtoDCCP
	if s.reply == 0 && !connected || t.Src == t.Dst {
		return nil
	}
	src := Part{Name: "the source port", Key: "source", Form: Number,
		Right: []string{fmt.Sprint(t.Dst)}}
	dst := Part{Name: "the destination port", Key: "destination", Form: Number,
		Right: []string{fmt.Sprint(t.Src)}}
	for _, p := range []*Part{&src, &dst} {
		p.wrong(fmt.Sprint(t.Src),
			"Those are the ports of this packet. In the reply they change places.")
		p.wrong(fmt.Sprint(t.Dst),
			"Those are the ports of this packet. In the reply they change places.")
		p.Otherwise =
			"The reply has the same two ports, exchanged: what was the destination is its source."
	}
	where, goes := "what has other ports does not belong to the conversation", "would a reply go"
	if s.reply != 0 {
		where, goes = fmt.Sprintf("frame %d goes that way", s.reply), "does the reply go"
	}
	return &Question{
		Text: fmt.Sprintf("Frame %d goes from %s to %s (%s). From which port to which %s?",
			s.Number,
			hostPort(flow.Endpoint{Addr: t.SrcAddr, Port: t.Src}),
			hostPort(flow.Endpoint{Addr: t.DstAddr, Port: t.Dst}), protoName(t.Proto), goes),
		Ask:      "the reply's source port, then its destination port, such as 98 -> 99",
		Exhibits: []Exhibit{exhibit(s.Frame)},
		Parts:    []Part{src, dst},
		Answer:   fmt.Sprintf("%d -> %d", t.Dst, t.Src),
		Hint: fmt.Sprintf(
			"Who answers sends to where the packet came from. %s has the packet's ports.",
			m.explain(s.Number)),
		Why: fmt.Sprintf("Source and destination change places: %d -> %d; %s.", t.Dst, t.Src,
			where),
		Ref:   replyRefs[t.Proto],
		about: fmt.Sprint(t.Src, t.Dst),
	}
}

// replyRefs are the references for the ports of a reply, by protocol.
var replyRefs = map[decode.Transport]string{decode.ProtoTCP: "RFC 9293, section 3.3.1",
	decode.ProtoUDP: "RFC 768", decode.ProtoUDPLite: "RFC 3828, section 3.1",
	decode.ProtoSCTP: "RFC 9260, section 3.1", decode.ProtoDCCP: "RFC 4340, section 5.1"}
