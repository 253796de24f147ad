package quiz

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/portsniff/portsniff/internal/flow"
)

// conversations asks for the number of conversations in the capture or at its beginning, and for
// the number of server ports.
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
			return nil // without addresses it is unknown whether packets belong together
		}
		if k.again != 0 && k.again <= last {
			return nil // portsniff flows lists two flows between the same endpoints
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
		about: "one beginning", // a second question would reveal part of the answer
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

// maxListed is the greatest number of conversations that an explanation lists.
const maxListed = 6

func list(talks []*talk) string {
	var out []string
	for _, k := range talks[:min(len(talks), maxListed)] {
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
