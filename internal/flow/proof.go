package flow

import "github.com/portsniff/portsniff/decode"

// A Proof is a packet of a flow that shows the state of one end's port.
type Proof struct {
	Evidence
	Frame int64 // number of the packet
}

// Evidence is the kind of the packet in a Proof. Kinds that show the same state are equally strong.
type Evidence uint8

// Kinds of evidence.
const (
	NotAsked            Evidence = iota // no request to the port was captured
	NoAnswer                            // only a request: a SYN, INIT, Request or UDP packet
	OtherAnswer                         // a packet that neither accepts nor refuses
	NetUnreachable                      // ICMP errors, as in decode.Unreachable
	HostUnreachable                     //
	ProtocolUnreachable                 //
	PortUnreachable                     //
	Prohibited                          //
	Refusal                             // a RST, ABORT or Reset that answers the first packet
	Acceptance                          // a SYN-ACK, INIT-ACK or Response; over UDP a reply
)

// State returns the port state that the evidence shows.
func (e Evidence) State() PortState {
	switch e {
	case OtherAnswer:
		return Unfiltered
	case ProtocolUnreachable, PortUnreachable, Refusal:
		return PortClosed
	case Acceptance:
		return PortOpen
	}
	return Filtered
}

// icmp reports whether the evidence is an ICMP error.
func (e Evidence) icmp() bool { return NetUnreachable <= e && e <= Prohibited }

// Word returns the protocol's name for the packet.
func (e Evidence) Word(proto decode.Transport) string {
	switch {
	case e == Acceptance && proto == decode.ProtoTCP:
		return "SYN-ACK"
	case e == Acceptance && proto == decode.ProtoSCTP:
		return "INIT-ACK"
	case e == Acceptance && proto == decode.ProtoDCCP:
		return "Response"
	case e == Refusal && proto == decode.ProtoSCTP:
		return "ABORT"
	case e == Refusal && proto == decode.ProtoDCCP:
		return "Reset"
	}
	return [...]string{"", "no answer", "other answer", "ICMP net unreachable",
		"ICMP host unreachable", "ICMP protocol unreachable", "ICMP port unreachable",
		"ICMP prohibited", "RST", "reply"}[e]
}

// proofs are the evidence of a flow's packets about the ports of A and B.
type proofs struct {
	ends   [2]Proof
	talked [2]bool // the end sent more than SYNs, INITs or Requests
}

// ask records a request to the port.
func (p *Proof) ask(frame int64) {
	if p.Evidence == NotAsked {
		*p = Proof{NoAnswer, frame}
	}
}

// show records an answer. It keeps an earlier answer if both show the same state, and both or
// neither are ICMP errors.
func (p *Proof) show(e Evidence, frame int64) {
	if p.Evidence <= NoAnswer || p.State() != e.State() || p.icmp() != e.icmp() {
		*p = Proof{e, frame}
	}
}

// count records a header of a flow, before the flow counts it. A SYN-ACK from a TCP end that also
// sent a SYN is no proof: in a simultaneous open, no port listens (RFC 9293 section 3.5).
func (p *proofs) count(e *entry, h *header) {
	side := (h.from - A) & 1
	from, to := &p.ends[side], &p.ends[side^1]
	if !connects(e.proto()) {
		if from.Evidence != NotAsked {
			from.show(Acceptance, h.frame)
		}
		to.ask(h.frame)
		return
	}
	refuses := h.opens == decode.OpensRefusal && p.refusedBy(e, h)
	p.talked[side] = p.talked[side] || h.opens != decode.OpensAsk
	switch {
	case h.opens == decode.OpensAsk:
		to.ask(h.frame)
	case h.opens == decode.OpensAnswer && (h.from != e.asked || e.proto() != decode.ProtoTCP):
		from.show(Acceptance, h.frame)
		return
	case refuses:
		from.show(Refusal, h.frame)
		return
	}
	if from.Evidence == NoAnswer {
		from.show(OtherAnswer, h.frame)
	}
}

// plus adds what a later part of a flow showed alone. e is the flow before this part. The first
// packet of the part may answer a request in an earlier part.
func (p *proofs) plus(e, late *entry, shown *[3]Proof) {
	if late.used() {
		first := header{from: late.first, flags: late.flags[(late.first-A)&1],
			opens: late.opening, isn: late.isn, frame: late.frame}
		p.count(e, &first)
	}
	for _, side := range [...]Side{A, B} {
		own, x := &p.ends[(side-A)&1], shown[side]
		switch {
		case x.Evidence == NoAnswer:
			own.ask(x.Frame)
		case x.icmp():
			if !connects(e.proto()) || own.Evidence != Acceptance {
				own.show(x.Evidence, x.Frame)
			}
		case x.Evidence == Acceptance && !(e.proto() == decode.ProtoTCP && e.asked == side),
			x.Evidence == Refusal && p.refusedIn(e, late):
			own.show(x.Evidence, x.Frame)
		case own.Evidence <= NoAnswer && x.Evidence != NotAsked:
			own.show(OtherAnswer, x.Frame)
		case own.Evidence == NoAnswer && connects(e.proto()) &&
			late.packets[(side-A)&1] > 0 && late.first != side:
			own.show(OtherAnswer, late.last)
		}
	}
}

// refusedIn reports whether a refusal in a later part answers the flow's SYN, INIT or Request.
func (p *proofs) refusedIn(e, late *entry) bool {
	if e.proto() == decode.ProtoTCP {
		return e.refused || e.refusedIn(late)
	}
	return e.answered == None
}

// refusedBy reports whether a RST, ABORT or Reset answers the SYN, INIT or Request.
func (p *proofs) refusedBy(e *entry, h *header) bool {
	if e.proto() == decode.ProtoTCP {
		return e.refused || e.refusedBy(h)
	}
	return e.asked != None && h.from != e.asked && e.answered == None && !p.talked[(e.asked-A)&1]
}

// unreachable records an ICMP error that quotes a header. An error about a packet in the middle of
// a connection shows nothing about the port.
func (p *proofs) unreachable(e *entry, h *header) {
	to := &p.ends[(h.from-A)&1^1]
	opens := h.opens == decode.OpensAsk || h.opens == decode.OpensNothing && h.flags == 0 &&
		e.asked == h.from && e.isn == h.isn // the quote ends after the sequence number
	if connects(e.proto()) && (!opens || to.Evidence == Acceptance) {
		return
	}
	to.show(NetUnreachable+Evidence(h.unreachable-decode.NetUnreachable), h.frame)
}

// connects reports whether a protocol is connection-oriented.
func connects(proto decode.Transport) bool {
	return proto == decode.ProtoTCP || proto == decode.ProtoSCTP || proto == decode.ProtoDCCP
}
