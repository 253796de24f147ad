package decode

import "strings"

// Announces reports whether a field of this kind says which header follows: an EtherType, a Protocol, a Next Header.
func (s *Spec) Announces() bool {
	switch s.Name {
	case "Protocol", "Next Header", "Next Protocol", "EtherType", "Protocol Type", "Protocol ID":
		return s.Mean != nil && s.Key != arpPTypeKey // that one asks for a kind of address
	}
	return false
}

const arpPTypeKey = "arp.proto.type"

// LikePort reports whether a field of this kind is often taken for a port and is none, as ICMP's identifier.
func (s *Spec) LikePort() bool { return strings.Contains(s.Doc, "it is not a port") }

// Places reports whether a field of this kind is a fragment's offset.
func (s *Spec) Places() bool { return s.Name == "Fragment Offset" }

// Portless reports whether headers of this kind are one of the reasons why a packet has no ports, as ICMP's.
func (p *Protocol) Portless() bool { return p.none == NoTransport || p.none == Encrypted }
