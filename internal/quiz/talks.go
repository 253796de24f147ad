package quiz

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// hostPort writes an endpoint.
func hostPort(e flow.Endpoint) string {
	if !e.Addr.IsValid() {
		return fmt.Sprintf("port %d", e.Port)
	}
	return netip.AddrPortFrom(e.Addr, e.Port).String()
}

// opener is what opens a conversation, in the protocol's own words.
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
	text := fmt.Sprintf("That is the server: it was asked. %s opened the conversation.",
		hostPort(client))
	if annotate.RangeOf(client.Port) == annotate.System {
		text = "A system port does not make a server. " + text
	} else if name := annotate.ServiceName(decode.ProtoTCP, client.Port); name != "" {
		text = fmt.Sprintf("That %d is registered to %q proves nothing. ", client.Port, name) + text
	}
	p.wrong(map[string]string{"a": "b", "b": "a"}[letter], text)
	for _, n := range names(server, client) {
		p.wrong(n, text)
	}
	p.Otherwise = "That is neither end of this conversation. Answer A or B."
	return p
}

// names are the ways to write an endpoint that cannot be the other one.
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

// reply asks for the ports of the answer: where it was captured, or where the protocol leaves no
// choice.
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

// replyRefs say where a protocol defines what its ports are.
var replyRefs = map[decode.Transport]string{decode.ProtoTCP: "RFC 9293, section 3.3.1",
	decode.ProtoUDP: "RFC 768", decode.ProtoUDPLite: "RFC 3828, section 3.1",
	decode.ProtoSCTP: "RFC 9260, section 3.1", decode.ProtoDCCP: "RFC 4340, section 5.1"}

// rangeRole asks for the range and the role of both ports of a packet.
func (m *maker) rangeRole() *Question {
	s := m.choose(RangeRole)
	if s == nil {
		return nil
	}
	t := s.transport()
	k, from := m.talkOf(t)
	if k == nil || t.Src == t.Dst {
		return nil
	}
	client, evidence := k.client()
	if client == flow.None {
		return nil
	}
	src, dst := "server", "client"
	if client == from {
		src, dst = dst, src
	}
	because := because(k, client, evidence)
	parts := append(rangeParts(t.Proto, t.Src, src, because),
		rangeParts(t.Proto, t.Dst, dst, because)...)
	rs, rd := annotate.RangeOf(t.Src), annotate.RangeOf(t.Dst)
	return &Question{
		Text: fmt.Sprintf(
			"Frame %d: %s goes from port %d to port %d. In which of the three ranges is each "+
				"port, and is it the client's or the server's in this conversation?",
			s.Number, s.which(), t.Src, t.Dst),
		Ask: fmt.Sprintf(
			"each port with its range (system, registered, dynamic) and its role (client, "+
				"server), such as %d RANGE ROLE, %d RANGE ROLE", t.Src, t.Dst),
		Exhibits: []Exhibit{exhibit(s.Frame)},
		Parts:    parts,
		Answer:   fmt.Sprintf("%d %s %s, %d %s %s", t.Src, rs, src, t.Dst, rd, dst),
		Hint: fmt.Sprintf(
			"The range is a matter of the number alone, the role one of who opened the "+
				"conversation. %s says both.", m.explain(s.Number)),
		Why: fmt.Sprintf("%s %s %s%s", inRange(t.Src), inRange(t.Dst), because,
			ephemeral(k.Endpoint(client).Port)),
		Ref:   "RFC 6335, section 6",
		about: fmt.Sprint(k.Key),
	}
}

// because says why one end is the client.
func because(k *talk, client flow.Side, why annotate.Evidence) string {
	c, s := k.Endpoint(client), k.Endpoint(client.Other())
	switch why {
	case annotate.BySYN:
		return fmt.Sprintf("Frame %d is the %s, sent from %s: that end is the client.", k.asked,
			opener(k.Proto), hostPort(c))
	case annotate.BySYNACK:
		return fmt.Sprintf("%s accepted the conversation, so %s is the client.", hostPort(s),
			hostPort(c))
	}
	return fmt.Sprintf(
		"Only %d is registered to a service and in the system range, so %s is most likely the "+
			"client.", s.Port, hostPort(c))
}

func inRange(port uint16) string {
	r := annotate.RangeOf(port)
	low, high := r.Bounds()
	return fmt.Sprintf("%d is in the %s range (%d-%d).", port, r, low, high)
}

// ephemeral says of a client's port that its range is one thing and its role another.
func ephemeral(port uint16) string {
	if annotate.RangeOf(port) == annotate.User && annotate.LinuxEphemeral(port) {
		return fmt.Sprintf(
			" Linux gives ports from 32768 to 60999 to clients, so %d is registered by its "+
				"range and ephemeral by its role.", port)
	}
	return ""
}

func rangeParts(proto decode.Transport, port uint16, role, because string) []Part {
	key, right := fmt.Sprint(port), annotate.RangeOf(port)
	r := Part{Name: "the range of " + key, Key: key, Form: Range, Right: []string{right.String()},
		Otherwise: inRange(port)}
	if right == annotate.User && annotate.LinuxEphemeral(port) {
		r.wrong(annotate.Dynamic.String(), fmt.Sprintf(
			"Linux does give %d to clients, so it may well be ephemeral by its role. Its range "+
				"is another matter: %s", port, inRange(port)))
	}
	p := Part{Name: "the role of " + key, Key: key, Form: Role, Right: []string{role},
		Otherwise: because}
	if name := annotate.ServiceName(proto, port); name != "" && role == "client" {
		p.wrong("server", fmt.Sprintf(
			"That %d is registered to %q is no sign of a server here: a name proves nothing "+
				"about a packet. %s", port, name, because))
	}
	if role == "server" {
		p.wrong("client", fmt.Sprintf("%d is the port that was asked. %s", port, because))
	}
	return []Part{r, p}
}

// conversations asks how many conversations there are in the capture, or at its beginning, and how
// many ports of servers.
func (m *maker) conversations() *Question {
	last, where := m.frames, "in this capture"
	if m.frames > moreThan {
		last = fewFrames + m.rng.Int64N(fewFrames)
		where = fmt.Sprintf("in the first %d frames", last)
	}
	var talks []*talk
	servers, clear := make(map[flow.PortKey]bool), true
	for _, k := range m.order {
		if k.first > last {
			break
		}
		if !k.A.Addr.IsValid() || !k.B.Addr.IsValid() {
			return nil // without an address, nobody can report whether two packets belong together
		}
		if k.again != 0 && k.again <= last {
			return nil // portsniff flows lists two where the endpoints are the same
		}
		talks = append(talks, k)
		side, _ := k.client()
		clear = clear && side != flow.None
		servers[flow.PortKey{Proto: k.Proto, Port: k.Endpoint(side.Other()).Port}] = true
	}
	if len(talks) == 0 {
		return nil
	}
	q := &Question{
		Text: "How many conversations are there " + where +
			"? One is all packets of one transport protocol between two endpoints, both " +
			"directions together. " +
			"In a tunnel, each transport header counts for its own; what an ICMP error quotes " +
			"counts for none.",
		Ask:    "one number",
		Parts:  []Part{countPart(talks)},
		Answer: fmt.Sprint(len(talks)),
		Hint: "A conversation has the same protocol, the same two addresses and the same two " +
			"ports. portsniff flows " + m.source + countFlag(last, m.frames) + " lists them.",
		Why:   fmt.Sprintf("Conversations: %s.", list(talks)),
		Ref:   "RFC 9293, section 3.3.1",
		about: "one beginning", // another one would give away the half of it
	}
	if clear {
		q.Text = strings.Replace(q.Text, "? One", ", and how many different ports of servers? One",
			1)
		q.Text += " A server is the end that did not open the conversation; the same number in " +
			"two protocols counts twice."
		q.Ask = "two numbers: conversations, ports of servers"
		p := Part{Name: "the ports of servers", Form: Number,
			Right: []string{fmt.Sprint(len(servers))},
			Otherwise: "Each conversation has one server; servers of several conversations may " +
				"have the same port, which counts once."}
		p.wrong(fmt.Sprint(2*len(talks)),
			"Those are both ports of each conversation. A client's port is not a server's.")
		q.Parts = append(q.Parts, p)
		q.Answer += fmt.Sprint(" ", len(servers))
		q.Why += " " + serverList(talks)
	}
	return q
}

func countFlag(last, all int64) string {
	if last == all {
		return ""
	}
	return fmt.Sprintf(" -c %d", last)
}

func countPart(talks []*talk) Part {
	p := Part{Name: "the conversations", Form: Number, Right: []string{fmt.Sprint(len(talks))},
		Otherwise: "Each has its own pair of address and port, and protocol. Packets without " +
			"ports of their own belong to none."}
	p.wrong(fmt.Sprint(2*len(talks)),
		"That counts each direction. A conversation is both directions together.")
	hosts := make(map[[2]netip.Addr]bool)
	for _, k := range talks {
		hosts[[2]netip.Addr{k.A.Addr, k.B.Addr}] = true
	}
	p.wrong(fmt.Sprint(len(hosts)),
		"That counts pairs of hosts. Two hosts may have several conversations at once: their "+
			"ports differ.")
	return p
}

// mostListed is how many conversations an explanation lists.
const mostListed = 6

func list(talks []*talk) string {
	var out []string
	for _, k := range talks[:min(len(talks), mostListed)] {
		out = append(out, fmt.Sprintf("%s %s and %s", protoName(k.Proto), hostPort(k.A),
			hostPort(k.B)))
	}
	if more := len(talks) - len(out); more > 0 {
		out = append(out, fmt.Sprintf("%d more", more))
	}
	return strings.Join(out, "; ")
}

func serverList(talks []*talk) string {
	var out []string
	seen := make(map[flow.PortKey]bool)
	for _, k := range talks {
		side, _ := k.client()
		port := flow.PortKey{Proto: k.Proto, Port: k.Endpoint(side.Other()).Port}
		if !seen[port] {
			out = append(out, fmt.Sprintf("%d/%s", port.Port, port.Proto))
		}
		seen[port] = true
	}
	return "Ports of servers: " + strings.Join(out, ", ") + "."
}
