package main

import (
	"encoding/binary"
	"strings"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// sum returns the Internet checksum (RFC 1071) of the parts. All parts except the last have an even
// length.
func sum(parts ...[]byte) uint16 {
	var total uint32
	for _, p := range parts {
		for ; len(p) > 1; p = p[2:] {
			total += uint32(binary.BigEndian.Uint16(p))
		}
		if len(p) == 1 {
			total += uint32(p[0]) << 8
		}
	}
	for total > 0xffff {
		total = total>>16 + total&0xffff
	}
	return ^uint16(total)
}

// protocolDCCP is the IP protocol number of DCCP. gopacket does not define it.
const protocolDCCP layers.IPProtocol = 33

// dccp returns a DCCP handshake from port 40000 to port 5001: request, response and acknowledgment
// (RFC 4340, section 5). gopacket has no DCCP serializer, so dccp writes the bytes of the header.
func dccp() ([][]byte, error) {
	const request, response, ack = 0, 1, 3
	const service = "\x00\x00\x00\x2a"
	var all [][]byte
	for _, p := range []struct {
		toServer bool
		kind     byte
		seq      uint64
		acked    uint64
		tail     string
	}{
		{true, request, 100, 0, service},
		{false, response, 200, 100, service},
		{true, ack, 101, 200, ""},
	} {
		src, dst := uint16(40000), uint16(5001)
		if !p.toServer {
			src, dst = dst, src
		}
		h := binary.BigEndian.AppendUint16(nil, src)
		h = binary.BigEndian.AppendUint16(h, dst)
		// data offset, CCVal and CsCov, checksum, type with X=1, reserved
		h = append(h, 0, 0, 0, 0, p.kind<<1|1, 0)
		h = append(h, u48(p.seq)...)
		if p.kind != request {
			h = append(h, append([]byte{0, 0}, u48(p.acked)...)...)
		}
		h = append(h, p.tail...)
		h[4] = byte(len(h) / 4)
		from, to := step{toServer: p.toServer}.ends()
		pseudo := append(append([]byte{}, from.ip...), to.ip...)
		pseudo = append(pseudo, 0, byte(protocolDCCP), 0, byte(len(h)))
		binary.BigEndian.PutUint16(h[6:], sum(pseudo, h))
		b, err := frame(eth(from, to, layers.EthernetTypeIPv4), ip4(from, to, protocolDCCP),
			gopacket.Payload(h))
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}

// u48 returns the low 48 bits of v, big-endian.
func u48(v uint64) []byte { return binary.BigEndian.AppendUint64(nil, v)[2:] }

// tcpOptions returns a segment of 1500 bytes with the longest TCP header: 40 bytes of options. Its
// acknowledgment without options follows.
func tcpOptions() ([][]byte, error) {
	const ipHeader, tcpHeader, whole = 20, 60, 1500
	payload := strings.Repeat("x", whole-ipHeader-tcpHeader)
	full := step{toServer: true, ack: true, psh: true, seq: 1001, acked: 5001, data: payload}
	from, to := full.ends()
	ip := ip4(from, to, layers.IPProtocolTCP)
	t, err := full.tcp(ip)
	if err != nil {
		return nil, err
	}
	blocks := make([]byte, 0, 24) // three SACK blocks (RFC 2018)
	for edge := uint32(7000); edge < 13000; edge += 1000 {
		blocks = binary.BigEndian.AppendUint32(blocks, edge)
	}
	nop := layers.TCPOption{OptionType: layers.TCPOptionKindNop}
	t.Options = []layers.TCPOption{
		nop, nop,
		{OptionType: layers.TCPOptionKindTimestamps, OptionLength: 10,
			OptionData: []byte{0, 0, 0x10, 0, 0, 0, 0x20, 0}},
		nop, nop,
		{OptionType: layers.TCPOptionKindSACK, OptionLength: 26, OptionData: blocks},
	}
	segment, err := frame(eth(from, to, layers.EthernetTypeIPv4), ip, t, gopacket.Payload(payload))
	if err != nil {
		return nil, err
	}
	bare := step{ack: true, seq: 5001, acked: full.seq + uint32(len(payload))}
	inside, err := bare.inner()
	if err != nil {
		return nil, err
	}
	acknowledged, err := frame(append([]gopacket.SerializableLayer{eth(to, from,
		layers.EthernetTypeIPv4)}, inside...)...)
	return [][]byte{segment, acknowledged}, err
}
