package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
)

// Parameters of the mixes.
const (
	arpPercent    = 1  // percent of packets
	icmpPercent   = 1  // percent of packets
	answerPercent = 45 // percent of a flow's packets that go to the client
	zipfExponent  = 1.1
)

// A shape holds the differences between mixes. Percentages are of flows.
type shape struct {
	ipv6, udp, vlan int
	// fragmented is the number of UDP datagrams in two fragments, out of 200.
	fragmented int
	ipv6Pieces bool // fragment datagrams over IPv6 too
	peers      bool // both ends have ephemeral ports, and all flows are equally busy
	tags       int  // percent of flows with two VLAN tags
	tunnel     int  // percent of flows in VXLAN, GRE or IP in IP, a third each
}

// shapes maps the names of the mixes to shapes: clients of few services, and peers with many ports.
var shapes = map[string]shape{
	"services": {ipv6: 10, udp: 20, vlan: 5, fragmented: 5},
	"peers": {ipv6: 30, udp: 40, vlan: 20, fragmented: 10, ipv6Pieces: true, peers: true,
		tags: 5, tunnel: 5},
}

// A tunnel is the encapsulation of a packet.
type tunnel uint8

const (
	noTunnel tunnel = iota
	vxlan
	gre
	ipInIP
	tunnels
)

// services lists the ports of the servers, busiest first, with the first bytes that a client sends.
var services = [...]struct {
	port  uint16
	hello string
}{
	{443, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"},
	{80, "GET / HTTP/1.1\r\nHost: example.com\r\n"},
	{53, "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01"},
	{8080, "POST /api HTTP/1.1\r\nHost: example.com\r\n"}, {22, "SSH-2.0-OpenSSH_9.6\r\n"},
	{25, "EHLO example.com\r\n"}, {3306, ""}, {5432, ""}, {6379, ""}, {123, ""}, {993, ""},
	{5060, ""}, {51820, ""}, {9000, ""},
}

// A conversation holds all properties of a flow. They depend only on the seed and the number of the
// flow.
type conversation struct {
	v6, udp      bool
	vlans        int // number of tags
	tunnel       tunnel
	client, srv  uint32
	sport, dport uint16
	hello        string
}

func conversationOf(i int, seed uint64, s shape) conversation {
	r := rand.New(rand.NewPCG(seed, uint64(i)))
	service := services[int(float64(len(services))*r.Float64()*r.Float64())]
	c := conversation{v6: r.IntN(100) < s.ipv6, udp: r.IntN(100) < s.udp}
	if r.IntN(100) < s.vlan {
		c.vlans = 1
	}
	c.client, c.srv = 0x0a000000|r.Uint32N(1<<20), 0xc6120000|r.Uint32N(1<<12)
	c.sport = ephemeral(r)
	if !s.peers {
		c.dport, c.hello = service.port, service.hello
		return c
	}
	c.dport = ephemeral(r)
	switch n := r.IntN(100); {
	case n < s.tunnel:
		c.tunnel = noTunnel + 1 + tunnel(r.IntN(int(tunnels-1)))
	case n < s.tunnel+s.tags:
		c.vlans = 2
	}
	return c
}

// ephemeral returns a port from Linux's range for clients.
func ephemeral(r *rand.Rand) uint16 { return uint16(32768 + r.IntN(28232)) }

// mix writes conversations that start one after the other. In the mix "services", a few of them
// have most packets.
func mix(w *writer, o options) error {
	s, ok := shapes[o.mix]
	if !ok {
		return fmt.Errorf("-mix %q is neither services nor peers", o.mix)
	}
	if o.packets < 4*o.flows || o.flows < 1 {
		return fmt.Errorf("%d flows do not go into %d packets: at least four packets a flow",
			o.flows, o.packets)
	}
	r := rand.New(rand.NewPCG(o.seed, 0))
	zipf := rand.NewZipf(r, zipfExponent, float64(o.flows)/1000+1, uint64(o.flows-1))
	talk := make([]conversation, o.flows)
	for i := range talk {
		talk[i] = conversationOf(i, o.seed, s)
	}
	sent := make([]uint8, o.flows) // packets of each flow so far, up to 3
	b := builder{shape: s}
	opened := 0
	for n := 0; n < o.packets && w.err == nil; n = w.packets {
		switch k := r.IntN(100); {
		case k < arpPercent:
			b.arp(w)
			continue
		case k < arpPercent+icmpPercent:
			b.ping(w, uint16(n))
			continue
		}
		i := opened
		// all flows have started after a third of the packets
		if opened < o.flows && n*3 >= opened*(o.packets/o.flows) {
			opened++
		} else if s.peers {
			i = r.IntN(opened)
		} else {
			i = int(zipf.Uint64()) % opened
		}
		b.talk(w, &talk[i], sent[i], o.packets-n, r)
		sent[i] = min(sent[i]+1, 3)
	}
	return nil
}

// scan writes SYN packets, each to another address and port.
func scan(w *writer, o options) {
	var b builder
	for n := 0; n < o.scan && w.err == nil; n++ {
		x := uint32(uint64(n) * 2654435761) // an odd factor, so that all values differ
		c := conversation{client: 0x0a000001, srv: 0xc0000000 | x>>8,
			sport: uint16(40000 + n/16%20000), dport: uint16(x)%10000 + 1}
		b.frame(w, &c, false, 0x02, 40, nil)
	}
}

// talk writes one packet of a conversation: SYN, SYN-ACK, the client's first bytes, then data and
// acknowledgments in both directions. It may write two fragments instead. room is the number of
// packets that may still be written.
func (b *builder) talk(w *writer, c *conversation, sent uint8, room int, r *rand.Rand) {
	back, flags := r.IntN(100) < answerPercent, byte(0x10)
	size := 0
	if r.IntN(10) < 6 {
		size, flags = 100+r.IntN(1340), 0x18
	}
	var payload []byte
	switch {
	case c.udp && sent == 0:
		back, payload = false, []byte(c.hello)
	case c.udp:
	case sent == 0:
		back, flags, size = false, 0x02, 0
	case sent == 1:
		back, flags, size = true, 0x12, 0
	case sent == 2:
		back, flags, payload = false, 0x18, []byte(c.hello)
	}
	size = max(size, len(payload))
	if c.udp && (!c.v6 || b.shape.ipv6Pieces) && room > 1 && r.IntN(200) < b.shape.fragmented {
		b.fragments(w, c, uint16(r.Uint32()))
		return
	}
	b.frame(w, c, back, flags, size, payload)
}

func put16(b []byte, v int) { binary.BigEndian.PutUint16(b, uint16(v)) }
