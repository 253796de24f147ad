package main

import (
	"encoding/binary"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// pppoe returns the exchange in a PPPoE session (RFC 2516).
func pppoe() ([][]byte, error) {
	return wrapped(func(s step) ([]gopacket.SerializableLayer, error) {
		from, to := s.ends()
		size, err := s.innerLen()
		if err != nil {
			return nil, err
		}
		return []gopacket.SerializableLayer{
			eth(from, to, layers.EthernetTypePPPoESession),
			// the serializer does not set PPPoE's length: the packet and the two bytes of PPP
			// protocol
			&layers.PPPoE{Version: 1, Type: 1, Code: layers.PPPoECodeSession, SessionId: 7,
				Length: size + 2},
			&layers.PPP{PPPType: layers.PPPTypeIPv4},
		}, nil
	})
}

// gtpu returns the exchange over the user plane of a mobile network, UDP port 2152 (3GPP TS
// 29.281).
func gtpu() ([][]byte, error) {
	const gpdu = 255
	return wrapped(func(s step) ([]gopacket.SerializableLayer, error) {
		from, to := s.ends()
		from.ip, to.ip = outer(s.toServer)
		size, err := s.innerLen()
		if err != nil {
			return nil, err
		}
		ip := ip4(from, to, layers.IPProtocolUDP)
		u, err := udp(2152, 2152, ip)
		return []gopacket.SerializableLayer{eth(from, to, layers.EthernetTypeIPv4), ip, u,
			// the length after the mandatory eight bytes
			&layers.GTPv1U{Version: 1, ProtocolType: 1, MessageType: gpdu, MessageLength: size,
				TEID: 0x1234}}, err
	})
}

// outer returns the addresses of a tunnel's two ends in TEST-NET-3.
func outer(toServer bool) (from, to []byte) {
	from, to = []byte{203, 0, 113, 1}, []byte{203, 0, 113, 2}
	if !toServer {
		from, to = to, from
	}
	return from, to
}

// teredo returns the exchange over IPv6, from a host behind an IPv4 NAT, in UDP port 3544 (RFC
// 4380).
func teredo() ([][]byte, error) {
	var all [][]byte
	for _, s := range exchange() {
		from, to := s.ends()
		in := ip6(from, to, layers.IPProtocolTCP)
		t, err := s.tcp(in)
		if err != nil {
			return nil, err
		}
		from.ip, to.ip = outer(s.toServer)
		out := ip4(from, to, layers.IPProtocolUDP)
		src, dst := layers.UDPPort(49200), layers.UDPPort(3544)
		if !s.toServer {
			src, dst = dst, src
		}
		u, err := udp(src, dst, out)
		if err != nil {
			return nil, err
		}
		b, err := frame(eth(from, to, layers.EthernetTypeIPv4), out, u, in, t,
			gopacket.Payload(s.data))
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}

// espAH returns the first three packets of the exchange after an authentication header (RFC 4302),
// which does not encrypt. Two packets with encapsulated payload follow (RFC 4303). In these,
// everything after the sequence number is opaque. Integrity check values and ciphertext are a fixed
// pattern, not computed with a key.
func espAH() ([][]byte, error) {
	var all [][]byte
	for i, s := range exchange()[:3] {
		from, to := s.ends()
		t, err := s.tcp(ip4(from, to, layers.IPProtocolTCP))
		if err != nil {
			return nil, err
		}
		segment, err := frame(t)
		if err != nil {
			return nil, err
		}
		// 12 fixed bytes and a check value of 12 bytes, in 32-bit words minus 2
		const words = 24/4 - 2
		ah := []byte{byte(layers.IPProtocolTCP), words, 0, 0, 0, 0, 1, 0}
		ah = binary.BigEndian.AppendUint32(ah, uint32(i+1))
		ah = append(ah, pattern(12)...)
		b, err := frame(eth(from, to, layers.EthernetTypeIPv4), ip4(from, to, layers.IPProtocolAH),
			gopacket.Payload(append(ah, segment...)))
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	for i, toServer := range []bool{true, false} {
		from, to := step{toServer: toServer}.ends()
		esp := binary.BigEndian.AppendUint32([]byte{0, 0, 2, byte(i)}, uint32(1))
		b, err := frame(eth(from, to, layers.EthernetTypeIPv4), ip4(from, to, layers.IPProtocolESP),
			gopacket.Payload(append(esp, pattern(80)...)))
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}

// pattern returns n bytes that look random and are always the same.
func pattern(n int) []byte {
	b, x := make([]byte, n), byte(0x5a)
	for i := range b {
		x = x*29 + 71
		b[i] = x
	}
	return b
}

// stack returns the exchange with many headers: two VLAN tags, an MPLS label, IPv4 with GRE, and
// inside IPv4, UDP and VXLAN with an Ethernet frame.
func stack() ([][]byte, error) {
	return wrapped(func(s step) ([]gopacket.SerializableLayer, error) {
		from, to := s.ends()
		outside := [2]end{from, to}
		outside[0].ip, outside[1].ip = outer(s.toServer)
		gre := ip4(outside[0], outside[1], layers.IPProtocolGRE)
		vtep := ip4(outside[0], outside[1], layers.IPProtocolUDP)
		u, err := udp(49300, 4789, vtep)
		return []gopacket.SerializableLayer{
			eth(from, to, layers.EthernetTypeQinQ),
			&layers.Dot1Q{VLANIdentifier: 100, Type: layers.EthernetTypeDot1Q},
			&layers.Dot1Q{VLANIdentifier: 10, Type: layers.EthernetTypeMPLSUnicast},
			&layers.MPLS{Label: 1000, TTL: 64, StackBottom: true},
			gre,
			&layers.GRE{Protocol: layers.EthernetTypeIPv4, KeyPresent: true, Key: 42},
			vtep, u,
			&layers.VXLAN{ValidIDFlag: true, VNI: 77},
			eth(from, to, layers.EthernetTypeIPv4),
		}, err
	})
}
