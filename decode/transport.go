package decode

// Transport is a transport protocol whose header has a source and a destination port.
type Transport uint8

// The transport protocols that have ports.
const (
	ProtoNone    Transport = iota // no transport protocol with ports
	ProtoTCP                      // RFC 9293
	ProtoUDP                      // RFC 768
	ProtoUDPLite                  // RFC 3828
	ProtoSCTP                     // RFC 9260
	ProtoDCCP                     // RFC 4340
)

// Protos lists every transport protocol with ports, in the order of their constants.
func Protos() []Transport {
	return []Transport{ProtoTCP, ProtoUDP, ProtoUDPLite, ProtoSCTP, ProtoDCCP}
}

var protoNames = [...]string{"", "tcp", "udp", "udplite", "sctp", "dccp"}

// String returns the protocol's short name in JSON: tcp, udp, udplite, sctp or dccp.
func (p Transport) String() string {
	if int(p) < len(protoNames) {
		return protoNames[p]
	}
	return ""
}
