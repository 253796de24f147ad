package decode

// A Role is the purpose of a field, if it is more than a value.
type Role uint8

// The roles of fields.
const (
	NoRole Role = iota
	// says which header follows, as an IP protocol number (IANA, Protocol Numbers)
	NextIPProtocol
	NextEtherType  // says which header follows, as an EtherType (IANA, IEEE 802 Numbers)
	NextProtocol   // says which header follows, in a numbering of the header's own
	FragmentOffset // where a fragment belongs in its datagram; ports are only in the one at 0
	// a length in units of four or eight bytes; its meaning is the length in bytes
	ScaledLength
	// a sequence number as on the wire, which other programs show as a difference
	RawSequence
	NotAPort // an identifier that is easily taken for a port
)

// SaysNext reports whether the field says which header follows.
func (r Role) SaysNext() bool {
	return r == NextIPProtocol || r == NextEtherType || r == NextProtocol
}

// Portless reports whether headers of this kind are one of the reasons why a packet has no ports,
// as ICMP's.
func (p *Protocol) Portless() bool { return p.none == NoTransport || p.none == Encrypted }
