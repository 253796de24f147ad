package annotate

import "github.com/portsniff/portsniff/decode"

// A Decision is which side of a flow is the client. [Decide] makes one. Names of services come from
// it, so that none is shown at a port that a client was dealt. The zero Decision names nothing.
type Decision struct {
	facts  RoleFacts
	client Side
	why    Evidence
}

// Client is the side that is the client, or NoSide.
func (d Decision) Client() Side { return d.client }

// Evidence is why that side is the client: NoEvidence if it is not known.
func (d Decision) Evidence() Evidence { return d.why }

// Service is IANA's name of the service that a side of the flow has, or "". A client's port has
// none, even where the registry has a name for the number: a browser that was dealt port 2049 has
// nothing to do with NFS. The exceptions are
//
//   - ports that a specification fixes for the client's end: 20, 68, 546 and 989,
//   - equal ports, as in NTP from 123 to 123: both ends have the name,
//   - the far end of an active FTP data connection: it is the server of that connection, but its
//     port was dealt to an FTP client, so it has no name.
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

// ServicePort is the port by which the flow is to be counted, and the side that has it: the
// server's, except in a connection that a server opens from a registered port of its own, such as
// FTP's active data connection from port 20 (RFC 959 section 3.2), to a port that is not widely
// used. If the client is not known it is side A's port if both are equal, and else none: 0 and
// NoSide. It allocates nothing.
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
