package main

import (
	"net"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// An end is one side of a conversation, with documentation addresses (RFC 5737, RFC 3849).
type end struct {
	mac    net.HardwareAddr
	ip, v6 net.IP
}

func client() end {
	return end{net.HardwareAddr{2, 0, 0, 0, 0, 0x10}, net.IP{192, 0, 2, 10},
		net.ParseIP("2001:db8:1::10")}
}

func server() end {
	return end{net.HardwareAddr{2, 0, 0, 0, 0, 0x07}, net.IP{198, 51, 100, 7},
		net.ParseIP("2001:db8:2::7")}
}

// frame serializes the layers, outermost first, with lengths and checksums filled in.
func frame(ls ...gopacket.SerializableLayer) ([]byte, error) {
	b := gopacket.NewSerializeBuffer()
	err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true,
		ComputeChecksums: true}, ls...)
	return b.Bytes(), err
}

func eth(from, to end, t layers.EthernetType) *layers.Ethernet {
	return &layers.Ethernet{SrcMAC: from.mac, DstMAC: to.mac, EthernetType: t}
}

func ip4(from, to end, p layers.IPProtocol) *layers.IPv4 {
	return &layers.IPv4{Version: 4, TTL: 64, Flags: layers.IPv4DontFragment, Protocol: p,
		SrcIP: from.ip, DstIP: to.ip}
}

func ip6(from, to end, p layers.IPProtocol) *layers.IPv6 {
	return &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: p, SrcIP: from.v6, DstIP: to.v6}
}

func udp(src, dst layers.UDPPort, over gopacket.NetworkLayer) (*layers.UDP, error) {
	u := &layers.UDP{SrcPort: src, DstPort: dst}
	return u, u.SetNetworkLayerForChecksum(over)
}

// A step is one TCP segment of a short HTTP exchange.
type step struct {
	toServer           bool
	syn, ack, psh, fin bool
	seq, acked         uint32
	data               string
}

const (
	request  = "GET / HTTP/1.0\r\nHost: example.test\r\n\r\n"
	response = "HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nhello\n"
)

// exchange returns a whole connection: handshake, one request, one response, and the close by both
// ends.
func exchange() []step {
	const c, s = 1000, 5000
	asked, answered := c+1+uint32(len(request)), s+1+uint32(len(response))
	return []step{
		{toServer: true, syn: true, seq: c},
		{syn: true, ack: true, seq: s, acked: c + 1},
		{toServer: true, ack: true, seq: c + 1, acked: s + 1},
		{toServer: true, ack: true, psh: true, seq: c + 1, acked: s + 1, data: request},
		{ack: true, psh: true, seq: s + 1, acked: asked, data: response},
		{toServer: true, ack: true, fin: true, seq: asked, acked: answered},
		{ack: true, fin: true, seq: answered, acked: asked + 1},
		{toServer: true, ack: true, seq: asked + 1, acked: answered + 1},
	}
}

// ends returns the sender and the receiver of a step.
func (s step) ends() (from, to end) {
	if s.toServer {
		return client(), server()
	}
	return server(), client()
}

// tcp returns the TCP header of a step, from client port 51514 to port 80 or back.
func (s step) tcp(over gopacket.NetworkLayer) (*layers.TCP, error) {
	t := &layers.TCP{SrcPort: 51514, DstPort: 80, Seq: s.seq, Ack: s.acked, SYN: s.syn, ACK: s.ack,
		PSH: s.psh, FIN: s.fin, Window: 64240}
	if !s.toServer {
		t.SrcPort, t.DstPort = t.DstPort, t.SrcPort
	}
	return t, t.SetNetworkLayerForChecksum(over)
}

// inner returns the layers of a step, starting with the IPv4 header.
func (s step) inner() ([]gopacket.SerializableLayer, error) {
	from, to := s.ends()
	ip := ip4(from, to, layers.IPProtocolTCP)
	t, err := s.tcp(ip)
	return []gopacket.SerializableLayer{ip, t, gopacket.Payload(s.data)}, err
}

// innerLen returns the length of the layers of inner, in bytes.
func (s step) innerLen() (uint16, error) {
	inside, err := s.inner()
	if err != nil {
		return 0, err
	}
	b, err := frame(inside...)
	return uint16(len(b)), err
}

// wrapped returns the whole exchange. Each frame consists of the headers of outer and the IPv4
// packet of a step.
func wrapped(outer func(step) ([]gopacket.SerializableLayer, error)) ([][]byte, error) {
	var all [][]byte
	for _, s := range exchange() {
		before, err := outer(s)
		if err != nil {
			return nil, err
		}
		inside, err := s.inner()
		if err != nil {
			return nil, err
		}
		b, err := frame(append(before, inside...)...)
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}
