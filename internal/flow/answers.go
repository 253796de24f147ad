package flow

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/portsniff/portsniff/decode"
)

// An Answer is what became of the packets that were sent to a port of a host.
type Answer uint8

// Answers, the one that tells more last.
const (
	NoAnswer Answer = iota // none was captured: filtered, lost, or nothing to say
	Refused                // a RST to a SYN, or an ICMP error that says that nothing listens there
	Open                   // a SYN-ACK, or over UDP a packet back
)

// A HostPort is a port of a host that was asked, and how it answered.
type HostPort struct {
	Addr netip.Addr
	PortKey
	Answer
	ICMP  bool   // an ICMP error said that it is closed
	Frame int64  // the first packet that says so; without an answer the first one that asked
	Flows uint64 // how many flows say the same
	Says  Saying // what the first payload from the port looks like
}

// better tells whether o tells more, or the same earlier.
func (h *HostPort) better(o *HostPort) bool {
	return o.Answer > h.Answer || o.Answer == h.Answer && o.Frame < h.Frame
}

type hostKey struct {
	addr netip.Addr
	port PortKey
}

// hostPortSize is about how much memory a HostPort takes in the map while that grows, and in the list, in bytes.
const hostPortSize = 320

// HostPorts gathers what flows say of the ports of hosts, up to a number of them.
type HostPorts struct {
	max  int
	list map[hostKey]HostPort
	Left uint64 // flows to other ports, for which memory had no room
}

// NewHostPorts makes an empty one that takes about so much memory, in bytes.
func NewHostPorts(memory int) *HostPorts {
	return &HostPorts{max: max(memory/hostPortSize, 1), list: map[hostKey]HostPort{}}
}

// List is what was gathered, by address, port and protocol.
func (h *HostPorts) List() []HostPort {
	out := make([]HostPort, 0, len(h.list))
	for _, x := range h.list {
		out = append(out, x)
	}
	slices.SortFunc(out, func(x, y HostPort) int {
		return cmp.Or(x.Addr.Compare(y.Addr), cmp.Compare(x.Port, y.Port), cmp.Compare(x.Proto, y.Proto))
	})
	return out
}

// add takes note of one port's answer.
func (h *HostPorts) add(x HostPort) {
	k := hostKey{x.Addr, x.PortKey}
	old, ok := h.list[k]
	switch {
	case !ok && len(h.list) >= h.max:
		h.Left++
		return
	case ok && old.Answer == x.Answer:
		x.Flows = old.Flows + 1
		x.Frame, x.Says = min(x.Frame, old.Frame), max(x.Says, old.Says)
	case ok && !old.better(&x):
		return
	default:
		x.Flows = 1
	}
	h.list[k] = x
}

// An answered says when the end that did not send first sent something, or that an ICMP error refused the port for it.
type answered struct {
	frame int64 // 0 for never
	icmp  bool
}

// flow takes note of what a flow says. TCP's and SCTP's server is who was sent a SYN or INIT or sent the answer to one; in other protocols it
// is the end with the port that the flow counts for, and only a packet that was sent to it first asks.
func (h *HostPorts) flow(f *Flow, a answered, service Side) {
	server := service
	switch {
	case f.Asked != None:
		server = f.Asked.Other()
	case f.Answered != None:
		server = f.Answered
	case f.Proto == decode.ProtoTCP || f.Proto == decode.ProtoSCTP || f.Proto == decode.ProtoDCCP:
		if !a.icmp {
			return // begun before the capture: nobody was seen to ask
		}
		server = f.First.Other()
	}
	end := f.Endpoint(server)
	if !end.Addr.IsValid() || f.Proto == decode.ProtoUDP && f.First == server {
		return
	}
	x := HostPort{Addr: end.Addr, PortKey: PortKey{f.Proto, end.Port}, Frame: f.FirstFrame, Says: f.Says[server]}
	x.Answer, x.ICMP = f.answer(server, a)
	if x.Answer != NoAnswer && a.frame != 0 {
		x.Frame = a.frame
	}
	h.add(x)
}

// answer is how a server answered in one flow.
func (f *Flow) answer(server Side, a answered) (answer Answer, icmp bool) {
	connects := f.Proto != decode.ProtoUDP && f.Proto != decode.ProtoUDPLite
	switch {
	case f.Answered == server, !connects && f.From[server].Packets > 0:
		return Open, false
	case a.icmp:
		return Refused, true
	case f.Proto == decode.ProtoTCP && f.Flags[server]&decode.FlagRST != 0 && f.Flags[server]&^(decode.FlagRST|decode.FlagACK) == 0:
		return Refused, false
	case f.From[server].Packets > 0: // an answer that is no refusal, whose first packet was not captured
		return Open, false
	}
	return NoAnswer, false
}

// HostPorts are the ports of hosts as the flows tell of them, evicted ones among them. It is for the end, as it adds all flows each time; nil where Options.Answers
// wasn't set.
func (t *Table) HostPorts() *HostPorts {
	if t.opt.Answers == nil {
		return nil
	}
	for i := range t.store.n {
		t.tell(uint32(i))
	}
	return t.opt.Answers
}

// tell has a flow told to the host ports.
func (t *Table) tell(n uint32) {
	f := t.flow(n)
	t.opt.Answers.flow(&f, *t.store.answers.at(n), t.opt.Service(f.Key, f.Facts))
}

// refuse takes note of an ICMP error that quotes a packet of a flow, though no packet of it may have been captured.
func (t *Table) refuse(x, y uint64, v6 *[2][16]byte, hash uint32, frame int64) {
	n, _ := t.place(x, y, v6, hash, frame)
	if a := t.store.answers.at(n); a.frame == 0 {
		*a = answered{frame, true}
	}
}

// answers takes note of the first packet of the end that did not send first.
func (t *Table) answers(e *entry, n uint32, frame int64, from Side) {
	if t.store.packets(n, from) == 1 && e.fact(firstShift) != from {
		if a := t.store.answers.at(n); a.frame == 0 {
			a.frame = frame
		}
	}
}
