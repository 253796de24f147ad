package flow

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
)

// A PortState is how a port of a host reacted to what it was sent. A later one says more.
type PortState uint8

// States of ports.
const (
	NoAnswer PortState = iota // nothing came back: filtered, lost, or nothing to say
	Refused                   // a RST to a SYN, or an ICMP error: nothing listens there
	Open                      // a SYN-ACK, or over UDP a packet back
)

// A HostPort is a port of a host that somebody sent something to, and its state.
type HostPort struct {
	Addr netip.Addr
	PortKey
	State   PortState
	ICMP    bool             // an ICMP error refused it
	Frame   int64            // first packet that shows the state; without one the first to the port
	Flows   uint64           // flows that show the same state
	Payload annotate.Payload // what the first payload from the port looks like
}

// better reports whether o says more, or the same earlier.
func (h *HostPort) better(o *HostPort) bool {
	return o.State > h.State || o.State == h.State && o.Frame < h.Frame
}

type hostKey struct {
	addr netip.Addr
	port PortKey
}

// hostPortSize is about how much memory a HostPort takes in the growing map and in the list, in
// bytes.
const hostPortSize = 320

// HostPorts collects what flows show about the ports of hosts, up to a number of ports. Its Add is
// for Table.OnEnd, with Options.Refusals.
type HostPorts struct {
	max  int
	list map[hostKey]HostPort
	Left uint64 // flows to other ports, for which memory had no room
}

// NewHostPorts returns an empty one that takes at most about memory bytes.
func NewHostPorts(memory int) *HostPorts {
	return &HostPorts{max: max(memory/hostPortSize, 1), list: map[hostKey]HostPort{}}
}

// List returns what was collected, by address, port and protocol.
func (h *HostPorts) List() []HostPort {
	out := make([]HostPort, 0, len(h.list))
	for _, x := range h.list {
		out = append(out, x)
	}
	slices.SortFunc(out, func(x, y HostPort) int {
		return cmp.Or(x.Addr.Compare(y.Addr), cmp.Compare(x.Port, y.Port),
			cmp.Compare(x.Proto, y.Proto))
	})
	return out
}

// add adds what one flow shows.
func (h *HostPorts) add(x HostPort) {
	k := hostKey{x.Addr, x.PortKey}
	old, ok := h.list[k]
	switch {
	case !ok && len(h.list) >= h.max:
		h.Left++
		return
	case ok && old.State == x.State:
		x.Flows = old.Flows + 1
		x.Frame, x.Payload = min(x.Frame, old.Frame), max(x.Payload, old.Payload)
	case ok && !old.better(&x):
		return
	default:
		x.Flows = 1
	}
	h.list[k] = x
}

// Add adds a flow that ended. A TCP, SCTP or DCCP server is the end that received a SYN, INIT or
// Request, or that answered one. In other protocols it is the end with the port that the flow
// counts for, and the flow shows something only if a packet was sent to it first.
func (h *HostPorts) Add(f *Flow, _ EndReason) {
	server := ServiceSide(f.Key, f.Facts)
	switch {
	case f.Asked != None:
		server = f.Asked.Other()
	case f.Answered != None:
		server = f.Answered
	case connects(f.Proto):
		if !f.Refused {
			return // it began before the capture: nobody was seen to ask
		}
		server = f.First.Other()
	}
	end := f.Endpoint(server)
	if !end.Addr.IsValid() || f.Proto == decode.ProtoUDP && f.First == server {
		return
	}
	x := HostPort{Addr: end.Addr, PortKey: PortKey{f.Proto, end.Port}, Frame: f.FirstFrame,
		Payload: f.Payloads[server]}
	x.State, x.ICMP = f.portState(server)
	if x.State != NoAnswer && f.ReplyFrame != 0 {
		x.Frame = f.ReplyFrame
	}
	h.add(x)
}

// connects reports whether a protocol opens connections.
func connects(proto decode.Proto) bool {
	return proto == decode.ProtoTCP || proto == decode.ProtoSCTP || proto == decode.ProtoDCCP
}

// portState returns the state of the server's port by this flow.
func (f *Flow) portState(server Side) (state PortState, icmp bool) {
	sent, flags := f.From[server].Packets, f.Flags[server]
	switch {
	case f.Answered == server, !connects(f.Proto) && sent > 0:
		return Open, false
	case f.Refused:
		return Refused, true
	case f.Proto == decode.ProtoTCP && flags&^decode.FlagACK == decode.FlagRST:
		return Refused, false
	case sent > 0: // an answer that is no refusal, whose first packet was not captured
		return Open, false
	}
	return NoAnswer, false
}
