package main

import (
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// exthdrs returns the exchange over IPv6 with four extension headers before TCP, in the order of
// RFC 8200, section 4.1: hop-by-hop options, routing, fragment and destination options. The
// fragment is a whole packet (RFC 6946). The routing header has no segments left, so the checksum
// uses the addresses in the header.
func exthdrs() ([][]byte, error) {
	const hop, routing, fragment, destination = 0, 43, 44, 60
	const padN = 1
	options := func(next byte) []byte { return []byte{next, 0, padN, 4, 0, 0, 0, 0} }
	var all [][]byte
	for i, s := range exchange() {
		from, to := s.ends()
		ip := ip6(from, to, hop)
		t, err := s.tcp(ip6(from, to, layers.IPProtocolTCP))
		if err != nil {
			return nil, err
		}
		var chain []byte
		chain = append(chain, options(routing)...)
		// type 2 (RFC 6275), one address, no segments left
		chain = append(chain, fragment, 2, 2, 0, 0, 0, 0, 0)
		chain = append(chain, to.v6...)
		chain = append(chain, destination, 0, 0, 0, 0, 0, 0, byte(i+1))
		chain = append(chain, options(byte(layers.IPProtocolTCP))...)
		segment, err := frame(t, gopacket.Payload(s.data))
		if err != nil {
			return nil, err
		}
		b, err := frame(eth(from, to, layers.EthernetTypeIPv6), ip,
			gopacket.Payload(append(chain, segment...)))
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}
