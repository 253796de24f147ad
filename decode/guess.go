package decode

import (
	"fmt"
	"strings"

	"github.com/google/gopacket/layers"
)

// GuessStart guesses the first header of bytes without a capture, and returns the evidence in
// words. The first match in this list decides:
//
//   - an IPv4 header with a correct checksum
//   - an IPv6 header whose length matches
//   - Ethernet with a type that matches the next header
//   - a header of tcpdump's "any" interface or of BSD's loopback before a valid IP header
//   - an IP header with weaker evidence
func GuessStart(data []byte) (id ProtocolID, why string) {
	for _, starts := range [...][]start{soundStarts[:], likeStarts[:]} {
		if id, why = firstStart(data, starts); id != IDNone {
			return id, why
		}
	}
	if len(data) >= EthernetLen {
		return IDEthernet, "they do not begin like an IP header"
	}
	return IDRaw, "they are too few for an Ethernet header"
}

// BeginsPacket reports whether GuessStart has more than the weakest evidence in its list.
func BeginsPacket(data []byte) bool {
	id, _ := firstStart(data, soundStarts[:])
	return id != IDNone
}

// A start is a possible first header and a function that returns the evidence for it, or "".
type start struct {
	id ProtocolID
	ok func(*Packet) string
}

var (
	soundStarts = [...]start{{IDIPv4, soundIPv4}, {IDIPv6, soundIPv6}, {IDEthernet, soundEthernet},
		{IDSLL2, soundInside}, {IDSLL, soundInside}, {IDNull, soundInside}}
	likeStarts = [...]start{{IDIPv4, likeIPv4}, {IDIPv6, likeIPv6}}
)

// firstStart returns the first header for which there is evidence, IDNone if there is none.
func firstStart(data []byte, starts []start) (id ProtocolID, why string) {
	var p Packet
	for _, s := range starts {
		p.DecodeAs(s.id, data, len(data))
		if why := s.ok(&p); why != "" {
			return s.id, why
		}
	}
	return IDNone, ""
}

func soundIPv4(p *Packet) string {
	if len(p.Layers) > 0 && p.Layers[0].Len >= ipv4MinLen && p.Stop.Err != ErrVersion &&
		p.Checksum(0) == Good {
		return "they begin with 4, and the IPv4 header's checksum is right"
	}
	return ""
}

func soundIPv6(p *Packet) string {
	if h := firstIPv6(p); h != nil && int(h.Length) == len(p.Data)-ipv6Len {
		return "they begin with 6, and the IPv6 payload length is that of the bytes after the " +
			"header"
	}
	return ""
}

// firstIPv6 returns the IPv6 header at the start of the bytes, or nil.
func firstIPv6(p *Packet) *layers.IPv6 {
	if len(p.Layers) == 0 {
		return nil
	}
	return p.IPv6(0)
}

// soundEthernet requires a known EtherType and, after it, an IP header with the version of that
// type.
func soundEthernet(p *Packet) string {
	if len(p.Data) < EthernetLen {
		return ""
	}
	t := Ethernet(p.Data).Type()
	if t < minEtherType || etherTypeNames[t] == "" || p.Stop.Err == ErrVersion {
		return ""
	}
	return fmt.Sprintf("bytes 12 and 13 are the EtherType 0x%04x, %s", t, etherTypeNames[t])
}

// soundInside requires a valid IP header inside.
func soundInside(p *Packet) string {
	net := p.NetLayer()
	if net < 0 {
		return ""
	}
	var inner Packet
	data := p.Data[p.Layers[net].At:]
	inner.DecodeAs(p.Layers[net].ID, data, len(data))
	if soundIPv4(&inner) == "" && soundIPv6(&inner) == "" {
		return ""
	}
	return fmt.Sprintf("a valid %s header follows at byte %d", p.Layers[net].ID.Protocol().Name,
		p.Layers[net].At)
}

func likeIPv4(p *Packet) string {
	if len(p.Data) >= ipv4MinLen && p.Data[0]>>4 == 4 && 4*int(ipv4IHL.Word(p.Data)) >= ipv4MinLen {
		return "they begin with 4 and a possible header length, though the IPv4 header's " +
			"checksum is wrong"
	}
	return ""
}

func likeIPv6(p *Packet) string {
	if firstIPv6(p) != nil {
		return "they begin with 6, though the IPv6 payload length is not that of the bytes " +
			"after the header"
	}
	return ""
}

// startNames lists other names for the first header; every protocol's own key is valid too.
var startNames = map[string]ProtocolID{"ethernet": IDEthernet,
	"ipv4": IDIPv4, "ip4": IDIPv4, "ip6": IDIPv6, "ip": IDRaw,
	"udp-lite": IDUDPLite, "icmp6": IDICMPv6}

// FindID finds a protocol by its key or by another name, in upper or lower case. "ip" is IPv4 or
// IPv6, depending on the version.
func FindID(word string) (ProtocolID, bool) {
	word = strings.ToLower(word)
	if id, ok := startNames[word]; ok {
		return id, true
	}
	for _, id := range IDs() {
		if id.String() == word {
			return id, true
		}
	}
	return IDNone, false
}
