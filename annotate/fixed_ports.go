package annotate

import "github.com/portsniff/portsniff/decode"

// A fixedPair is a service whose client has a fixed port too. So the order of the numbers proves
// nothing.
type fixedPair struct {
	proto      decode.Transport
	server     uint16
	low, high  uint16 // the client's port
	registered bool   // the client's port is registered for this purpose
	why        string
}

var fixedPairs = [...]fixedPair{
	{decode.ProtoUDP, 67, 68, 68, true,
		"RFC 2131 section 4.1: a DHCP server has 67, its client 68"},
	{decode.ProtoUDP, 547, 546, 546, true,
		"RFC 8415 section 7.2: a DHCPv6 server or relay has 547, its client 546"},
	{decode.ProtoUDP, 162, 161, 161, false,
		"RFC 3417 section 3.2: notifications go to 162; some agents send them from 161"},
	{decode.ProtoTCP, 2049, 665, 1023, false,
		"Linux's sunrpc.min_resvport and max_resvport: an NFS client shows with a low port that " +
			"root runs it"},
	{decode.ProtoUDP, 2049, 665, 1023, false, "as over TCP"},
}

// fixedServer returns the side with the server's port of a fixedPair.
func fixedServer(f RoleFacts) Side {
	for _, p := range fixedPairs {
		switch {
		case p.proto != plain(f.Proto):
		case f.PortA == p.server && p.low <= f.PortB && f.PortB <= p.high:
			return SideA
		case f.PortB == p.server && p.low <= f.PortA && f.PortA <= p.high:
			return SideB
		}
	}
	return NoSide
}

// fixedClient reports whether a port is registered for the client's end.
func fixedClient(proto decode.Transport, port uint16) bool {
	if classesOf()[proto][port]&fixed == 0 {
		return false
	}
	for _, p := range fixedPairs {
		if p.registered && p.proto == plain(proto) && p.low <= port && port <= p.high {
			return true
		}
	}
	return false
}

// opensFrom reports whether a server opens connections from a port. Such a port determines the
// service although it is the TCP client's. It is 20 for FTP's active data connection (RFC 959
// section 3.2), and 989 over TLS (IANA's ftps-data).
func opensFrom(proto decode.Transport, port uint16) bool {
	return proto == decode.ProtoTCP && (port == 20 || port == 989)
}
