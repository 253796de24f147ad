package annotate

import "github.com/portsniff/portsniff/decode"

// A Side is one of the two ends of a flow. The caller chooses which end is A, such as the source
// of a packet, or the lower end of a flow's key.
type Side uint8

// The sides of a flow.
const (
	NoSide Side = iota // not known
	SideA
	SideB
)

// Other returns the opposite side, or NoSide for NoSide.
func (s Side) Other() Side {
	switch s {
	case SideA:
		return SideB
	case SideB:
		return SideA
	}
	return NoSide
}

// Evidence is the reason why one side counts as the client, as in JSON.
type Evidence string

// The kinds of evidence, strongest first. The first two come from the protocol itself. The others
// are guesses from port numbers and order.
const (
	BySYN Evidence = "syn" // it sent a SYN, an SCTP INIT or a DCCP-Request
	// it received a SYN-ACK, an SCTP INIT ACK or a DCCP-Response
	BySYNACK Evidence = "syn-ack"
	// the other side's port is registered for a service, its own is not
	ByRegisteredPort Evidence = "registered-port"
	ByWellKnownUse   Evidence = "well-known-use" // only the other side's port is widely used
	ByLowerPort      Evidence = "lower-port"     // the other side's port is the lower one
	// the ports do not distinguish the sides, and it was the first to send in this capture
	ByFirstSender Evidence = "first-sender"
	NoEvidence    Evidence = "" // no evidence
)

// RoleFacts contains the known facts of a flow's ends. NoSide means that a segment was not seen.
type RoleFacts struct {
	Proto        decode.Transport
	PortA, PortB uint16
	SYNFrom      Side // sender of the first TCP SYN without ACK, SCTP INIT or DCCP-Request
	SYNACKFrom   Side // sender of the first TCP SYN with ACK, SCTP INIT ACK or DCCP-Response
	FirstFrom    Side // sender of the first packet in the capture
}

// Decide determines which side is the client, and returns it with the evidence. The first of these
// rules that distinguishes the sides decides:
//
//  1. A SYN: its sender opens the connection and is the client (RFC 9293 section 3.5). So in active
//     FTP the server's port 20 is the client of the data connection, whatever the control
//     connection says; [Decision.ServicePort] still names port 20. An SCTP INIT (RFC 9260 section
//     5.1) and a DCCP-Request (RFC 4340 section 8.1) count the same.
//  2. A SYN-ACK: its sender accepts and is the server.
//  3. A pair of ports where both ends are fixed by a specification, such as DHCP's 67 and 68:
//     "registered-port".
//  4. A registered port on exactly one side, which is the server's. A port in Linux's ephemeral
//     range (32768 and up) counts only against another port in that range. So in 40000 to 80, both
//     registered, only 80 counts. The registered 44818 against an unregistered 8446 is left to the
//     next rules, because a client can get that port by chance. In SCTP, which has few
//     registrations, all ports count.
//  5. A port with a common name, such as 5601 of Kibana, on exactly one side, which is the
//     server's. Neither port is a system port, and rule 4's condition on Linux's ports holds.
//  6. The lower port is the server's. This also decides between two registered ports such as 2049
//     and 80: each name alone would make its side the server.
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

// byClass returns the side that is the server according to rules 3 to 5 of Decide, and the
// evidence. It returns NoSide if they do not distinguish the sides.
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

// counting returns the classes of a port that count against the other port: see Decide, rule 4.
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

// weighs reports whether a port counts against the other one: it is below Linux's ephemeral range,
// or the other one is in the range too.
func weighs(port, other uint16) bool { return port < linux.Low || other >= linux.Low }
