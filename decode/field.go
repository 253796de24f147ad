package decode

// A Role is a purpose that some fields have beyond their value.
type Role uint8

// The roles of fields.
const (
	NoRole Role = iota
	// the next header, as an IP protocol number (IANA, Protocol Numbers)
	NextIPProtocol
	NextEtherType  // the next header, as an EtherType (IANA, IEEE 802 Numbers)
	NextProtocol   // the next header, as a number that only this header defines
	FragmentOffset // position of a fragment in its datagram; only the fragment at 0 has ports
	// a length in units of four or eight bytes; its meaning is the length in bytes
	ScaledLength
	// a sequence number as on the wire, which other programs show relative to the first
	RawSequence
	NotAPort // an identifier that is easily mistaken for a port
)

// SaysNext reports whether the field determines the next header.
func (r Role) SaysNext() bool {
	return r == NextIPProtocol || r == NextEtherType || r == NextProtocol
}

// Portless reports whether a header of this kind, such as ICMP, is a reason for a packet without
// ports.
func (p *Protocol) Portless() bool { return p.none == NoTransport || p.none == Encrypted }
