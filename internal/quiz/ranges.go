package quiz

import (
	"fmt"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

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
				"conversation. %s shows both.", m.explain(s.Number)),
		Why: fmt.Sprintf("%s %s %s%s", inRange(t.Src), inRange(t.Dst), because,
			ephemeral(k.Endpoint(client).Port)),
		Ref:   "RFC 6335, section 6",
		about: fmt.Sprint(k.Key),
	}
}

// because returns why one end is the client.
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

// ephemeral explains that range and role of a client's port are independent.
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
	if name := annotate.Registered(proto, port).Name; name != "" && role == "client" {
		p.wrong("server", fmt.Sprintf(
			"That %d is registered to %q is no sign of a server here: a name proves nothing "+
				"about a packet. %s", port, name, because))
	}
	if role == "server" {
		p.wrong("client", fmt.Sprintf("%d is the port of the server. %s", port, because))
	}
	return []Part{r, p}
}
