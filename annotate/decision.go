package annotate

import "github.com/portsniff/portsniff/decode"

// A Decision is which side of a flow is the client. [Decide] returns it. Service names come from a
// Decision, so that a client's ephemeral port gets no service name. The zero Decision has no names.
type Decision struct {
	facts  RoleFacts
	client Side
	why    Evidence
}

// Client returns the side that is the client, or NoSide.
func (d Decision) Client() Side { return d.client }

// Evidence returns the reason why that side is the client, NoEvidence if it is unknown.
func (d Decision) Evidence() Evidence { return d.why }

// Service returns IANA's name of the service at a side of the flow, or "". A client's port has no
// name, even if the registry has one for the number: a browser with the ephemeral port 2049 does
// not use NFS. The exceptions are
//
//   - ports that a specification fixes for the client's end: 20, 68, 546 and 989,
//   - equal ports, as in NTP from 123 to 123: both ends have the name,
//   - the far end of an active FTP data connection: it is the server of that connection, but its
//     port is an FTP client's ephemeral port, so it has no name.
//
// It allocates nothing.
func (d Decision) Service(s Side) string {
	proto, port, other := d.facts.Proto, d.facts.PortA, d.facts.PortB
	if s == SideB {
		port, other = other, port
	}
	switch {
	case s.Other() == NoSide:
		return ""
	case port == other:
	case d.client == NoSide,
		s == d.client && !fixedClient(proto, port) && !opensFrom(proto, port),
		s != d.client && servesFrom(proto, other, port):
		return ""
	}
	return registeredName(proto, port)
}

// ServicePort returns the port that the flow counts for, and its side. This is the server's port,
// with one exception: a server can open a connection from its own registered port, such as FTP's
// active data connection from port 20 (RFC 959 section 3.2). If the other port is not widely used,
// the registered port counts. If the client is unknown, it is side A's port if both ports are
// equal, else none: 0 and NoSide. It allocates nothing.
func (d Decision) ServicePort() (port uint16, side Side) {
	a, b := d.facts.PortA, d.facts.PortB
	switch {
	case d.client == SideA && !servesFrom(d.facts.Proto, a, b):
		return b, SideB
	case d.client == SideB && servesFrom(d.facts.Proto, b, a):
		return b, SideB
	case d.client == NoSide && (a != b || a == 0):
		return 0, NoSide
	}
	return a, SideA
}

// servesFrom reports whether a client's port names the service of a connection that the server
// opens.
func servesFrom(proto decode.Transport, client, server uint16) bool {
	return opensFrom(proto, client) && RangeOf(server) != System &&
		!(classesOf()[proto][server]&used != 0 && weighs(server, client))
}
