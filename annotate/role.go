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
	// the other side's port is registered for a service, its own isn't
	ByRegisteredPort Evidence = "registered-port"
	ByWellKnownUse   Evidence = "well-known-use" // only the other side's port is widely used
	ByLowerPort      Evidence = "lower-port"     // the other side's port is the lower one
	// the ports are alike, and it was the first to send in this capture
	ByFirstSender Evidence = "first-sender"
	NoEvidence    Evidence = "" // nothing to go by
)

// RoleFacts is what is known of one flow's ends. NoSide means a segment that wasn't seen.
type RoleFacts struct {
	Proto        decode.Transport
	PortA, PortB uint16
	SYNFrom      Side // sender of the first TCP SYN without ACK, SCTP INIT or DCCP-Request
	SYNACKFrom   Side // sender of the first TCP SYN with ACK, SCTP INIT ACK or DCCP-Response
	FirstFrom    Side // sender of the first packet in the capture
}

// swap is the same flow with its ends' names exchanged.
func (f RoleFacts) swap() RoleFacts {
	return RoleFacts{f.Proto, f.PortB, f.PortA, f.SYNFrom.Other(), f.SYNACKFrom.Other(),
		f.FirstFrom.Other()}
}

// Decide returns the side that is the client, and by what evidence. The first of these rules that
// distinguishes the sides decides:
//
//  1. A SYN: its sender opens the connection and is the client (RFC 9293 section 3.5). So in active
//     FTP the server's port 20 is the client of the data connection, whatever the control
//     connection says; [ServicePort] still names port 20. An SCTP INIT (RFC 9260 section 5.1) and a
//     DCCP-Request (RFC 4340 section 8.1) count the same.
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
// registered nor lower. Without evidence the result is NoSide and NoEvidence. It allocates nothing.
func Decide(f RoleFacts) (client Side, why Evidence) {
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

// ServicePort names the port by which a flow is to be counted, and the side that has it: the
// server's, except in a connection that a server opens from a registered port of its own, such as
// FTP's active data connection from port 20 (RFC 959 section 3.2), to a port that is not widely
// used. Where the roles are unknown it
// is port A's side if the ports are equal and NoSide otherwise. It allocates nothing.
func ServicePort(f RoleFacts) (port uint16, side Side) {
	client, _ := Decide(f)
	switch client {
	case SideB:
		if servesFrom(f.Proto, f.PortB, f.PortA) {
			return f.PortB, SideB
		}
		return f.PortA, SideA
	case SideA:
		port, side = ServicePort(f.swap())
		return port, side.Other()
	}
	if f.PortA == f.PortB && f.PortA != 0 {
		return f.PortA, SideA
	}
	return 0, NoSide
}

// servesFrom reports whether a client's port names the service of a connection that the server
// opens.
func servesFrom(proto decode.Transport, client, server uint16) bool {
	return opensFrom(proto, client) && RangeOf(server) != System &&
		!(classesOf()[proto][server]&used != 0 && weighs(server, client))
}

// Label is the service name to show at one end of a flow, or "". A client's port has none, even
// where the registry has a name for the number: a browser that was dealt port 2049 has nothing to
// do with NFS. The exceptions are ports that a specification fixes for the client's end: 20, 68,
// 546 and 989. It allocates nothing.
func Label(proto decode.Transport, port uint16, isClient bool) string {
	if isClient && !fixedClient(proto, port) && !opensFrom(proto, port) {
		return ""
	}
	return ServiceName(proto, port)
}

// Labels are the service names to show at both ends of a flow. They are those of [Label] for the
// decided roles, except that both ends of a flow between equal ports have the name, as in NTP from
// 123 to 123, and that the far end of an active FTP data connection has none: it is the server of
// that connection, but its port was dealt to an FTP client. It allocates nothing.
func Labels(f RoleFacts) (a, b string) {
	client, _ := Decide(f)
	return labels(f, client)
}

// Roles is what [Decide] and [Labels] say, for less than both cost. It allocates nothing.
func Roles(f RoleFacts) (client Side, why Evidence, a, b string) {
	client, why = Decide(f)
	a, b = labels(f, client)
	return client, why, a, b
}

// labels are the service names of a flow whose client is known.
func labels(f RoleFacts, client Side) (a, b string) {
	switch {
	case f.PortA == f.PortB:
		a = ServiceName(f.Proto, f.PortA)
		return a, a
	case client == NoSide:
		return ServiceName(f.Proto, f.PortA), ServiceName(f.Proto, f.PortB)
	case client == SideB:
		b, a = labels(f.swap(), SideA)
		return a, b
	}
	a = Label(f.Proto, f.PortA, true)
	if !servesFrom(f.Proto, f.PortA, f.PortB) {
		b = Label(f.Proto, f.PortB, false)
	}
	return a, b
}
