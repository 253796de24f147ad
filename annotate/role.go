package annotate

import "github.com/portsniff/portsniff/decode"

// A Side is one of the two ends of a flow. Which end is called A is the caller's choice: the source
// of a packet, or the lower end of a flow's key.
type Side uint8

// The sides of a flow.
const (
	NoSide Side = iota // not known
	SideA
	SideB
)

// Other is the opposite side; the one opposite to NoSide is NoSide.
func (s Side) Other() Side {
	switch s {
	case SideA:
		return SideB
	case SideB:
		return SideA
	}
	return NoSide
}

// Evidence is why one side is taken for the client, as it is in JSON.
type Evidence string

// The kinds of evidence, strongest first. The first two are what the protocol itself says; the rest
// are guesses from numbers and order.
const (
	BySYN Evidence = "syn" // it sent a SYN, an SCTP INIT or a DCCP-Request
	// it was sent a SYN-ACK, an SCTP INIT ACK or a DCCP-Response
	BySYNACK Evidence = "syn-ack"
	// the other side's port is registered for a service, its own is not
	ByRegisteredPort Evidence = "registered-port"
	ByWellKnownUse   Evidence = "well-known-use" // only the other side's port is widely used
	ByLowerPort      Evidence = "lower-port"     // the other side's port is the lower one
	// the ports are alike, and it was the first to send in this capture
	ByFirstSender Evidence = "first-sender"
	NoEvidence    Evidence = "" // nothing to go by
)

// RoleFacts is what is known of one flow's ends. NoSide means a segment that was not seen.
type RoleFacts struct {
	Proto        decode.Transport
	PortA, PortB uint16
	SYNFrom      Side // sender of the first TCP SYN without ACK, SCTP INIT or DCCP-Request
	SYNACKFrom   Side // sender of the first TCP SYN with ACK, SCTP INIT ACK or DCCP-Response
	FirstFrom    Side // sender of the first packet in the capture
}

// Decide finds out which side is the client, and by what evidence. The first of these rules that
// distinguishes the sides decides:
//
//  1. A SYN: its sender opens the connection and is the client (RFC 9293 section 3.5). So in active
//     FTP the server's port 20 is the client of the data connection, whatever the control
//     connection says; [Decision.ServicePort] still names port 20. An SCTP INIT (RFC 9260 section
//     5.1) and a DCCP-Request (RFC 4340 section 8.1) count the same.
//  2. A SYN-ACK: its sender accepts and is the server.
//  3. A pair of ports where both ends are fixed by a specification, such as DHCP's 67 and 68:
//     "registered-port".
//  4. A registered port on exactly one side, which is the server's. A number that Linux gives to
//     clients (32768 and up) counts only against another number from there. So in 40000 to 80, both
//     registered, only 80 counts; and 44818, a registered number, to an unregistered 8446 is left
//     to the next rules, because a client can get that number by chance. In SCTP, which has few
//     registrations, all numbers count.
//  5. A port that people know by a name of their own, such as 5601 of Kibana, on exactly one side,
//     which is the server's. Neither is a system port, and rule 4's condition on Linux's numbers
//     holds.
//  6. The lower port is the server's. That also settles two registered ports such as 2049 and 80:
//     either name alone would claim the server's side, so the order of the numbers decides.
//  7. With equal ports, as 123 to 123 in NTP, the first sender is the client.
//
// Port 0 belongs to no service (RFC 768 lets a sender that expects no answer use it): it is neither
// registered nor lower. Without evidence the client is NoSide. It allocates nothing.
func Decide(f RoleFacts) Decision {
	if f.Proto > decode.ProtoDCCP { // no protocol that has ports
		f.Proto = decode.ProtoNone
	}
	client, why := decide(f)
	return Decision{f, client, why}
}

func decide(f RoleFacts) (client Side, why Evidence) {
	switch {
	case f.SYNFrom != NoSide:
		return f.SYNFrom, BySYN
	case f.SYNACKFrom != NoSide:
		return f.SYNACKFrom.Other(), BySYNACK
	case f.Proto == decode.ProtoNone:
		return NoSide, NoEvidence
	}
	if server, why := byClass(f); server != NoSide {
		return server.Other(), why
	}
	switch {
	case f.PortA < f.PortB && f.PortA != 0:
		return SideB, ByLowerPort
	case f.PortB < f.PortA && f.PortB != 0:
		return SideA, ByLowerPort
	case f.FirstFrom != NoSide:
		return f.FirstFrom, ByFirstSender
	}
	return NoSide, NoEvidence
}

// byClass returns the side that rules 3 to 5 of Decide take for the server, and the evidence; it
// returns NoSide if they do not distinguish the sides.
func byClass(f RoleFacts) (server Side, why Evidence) {
	of := &classesOf()[f.Proto]
	a, b := of[f.PortA], of[f.PortB]
	if a&b&fixed != 0 {
		if server = fixedServer(f); server != NoSide {
			return server, ByRegisteredPort
		}
	}
	a, b = counting(f.Proto, a, f.PortA, f.PortB), counting(f.Proto, b, f.PortB, f.PortA)
	switch differ := a ^ b; {
	case differ&registered != 0:
		return owner(a & registered), ByRegisteredPort
	case differ&wellKnown != 0 && RangeOf(min(f.PortA, f.PortB)) != System:
		return owner(a & wellKnown), ByWellKnownUse
	}
	return NoSide, NoEvidence
}

// counting returns the classes of a port that count against another one: see Decide, rule 4.
func counting(proto decode.Transport, c class, port, other uint16) class {
	switch {
	case weighs(port, other):
		return c
	case proto == decode.ProtoSCTP:
		return c & registered
	}
	return 0
}

// owner returns side A if it has a class that only one side has, else side B.
func owner(a class) Side {
	if a != 0 {
		return SideA
	}
	return SideB
}

// weighs reports whether Linux gives a port to clients only if it gives them the other one too.
func weighs(port, other uint16) bool { return port < linux.Low || other >= linux.Low }
