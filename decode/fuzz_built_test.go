package decode_test

import (
	"encoding/binary"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/linktype"
)

// The targets here build frames that are correct except for the bytes that the fuzzer chooses. They
// know where the ports are, so they detect a walk that goes wrong. A target with arbitrary bytes
// cannot detect that.

// udpTo returns a UDP header (RFC 768) from port 53124 to port 9, and a payload.
func udpTo(payload []byte) []byte {
	be := binary.BigEndian
	b := be.AppendUint16(be.AppendUint16(nil, 53124), 9)
	b = be.AppendUint16(be.AppendUint16(b, uint16(8+len(payload))), 0)
	return append(b, payload...)
}

// ipv4Of returns an IPv4 header (RFC 791 section 3.1) and a payload. The options are a multiple of
// four bytes.
func ipv4Of(proto byte, options, payload []byte) []byte {
	b := []byte{0x40 | byte(5+len(options)/4), 0}
	b = binary.BigEndian.AppendUint16(b, uint16(20+len(options)+len(payload)))
	b = append(b, 0, 1, 0, 0, 64, proto, 0, 0, 192, 0, 2, 1, 198, 51, 100, 1)
	return append(append(b, options...), payload...)
}

// ipv6Of returns an IPv6 header (RFC 8200 section 3) and a payload.
func ipv6Of(next byte, payload []byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0x60, 0, 0, 0}, uint16(len(payload)))
	b = append(b, next, 64)
	for _, end := range []byte{1, 2} {
		b = append(b, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, end)
	}
	return append(b, payload...)
}

// longest limits each input of the fuzzer in bytes, so that 16-bit lengths can describe the frame.
const longest = 200

// lastPorts checks that the innermost ports are the built ones at the built position.
func lastPorts(t *testing.T, p *decode.Packet, at int) {
	t.Helper()
	if len(p.Ports) == 0 {
		t.Fatalf("no ports, %q, %v: %x", p.NoPorts, p.Stop.Err, p.Data)
	}
	if q := p.Ports[len(p.Ports)-1]; q.Src != 53124 || q.Dst != 9 || q.At != at || q.Quoted {
		t.Fatalf("%+v, the test put 53124 and 9 at byte %d: %x", q, at, p.Data)
	}
}

// walkBuilt walks a built frame with ports at the given byte, and the same frame cut at another
// byte.
func walkBuilt(t *testing.T, link linktype.Type, data []byte, at int, cut uint16) {
	t.Helper()
	var p, again decode.Packet
	p.Decode(link, data, len(data))
	again.Decode(link, data, len(data))
	holdsTogether(t, &p, &again)
	p.Decode(link, data, len(data)) // again, without the entries that fragments added
	lastPorts(t, &p, at)
	quickAgrees(t, link, data, len(data))
	short := data[:int(cut)%(len(data)+1)]
	p.Decode(link, short, len(data))
	again.Decode(link, short, len(data))
	holdsTogether(t, &p, &again)
	quickAgrees(t, link, short, len(data))
}

// FuzzIPv6Chain checks that the ports are found after any chain of extension headers (RFC 8200
// section 4), whatever they contain.
func FuzzIPv6Chain(f *testing.F) {
	f.Add([]byte{0, 60, 43, 60}, []byte{1, 4, 0, 0, 0, 0, 5, 2, 0, 0}, uint16(60))
	f.Add([]byte{0, 0, 43, 60, 60, 43, 43, 0}, []byte{0xc2, 4, 0, 1, 0, 0}, uint16(1))
	f.Add([]byte{}, []byte{}, uint16(41))
	f.Fuzz(func(t *testing.T, kinds, content []byte, cut uint16) {
		const hopByHop, routing, options, udp = 0, 43, 60, 17
		next, chain := byte(udp), udpTo(nil)
		size := 0
		for _, k := range kinds[:min(len(kinds), longest)] {
			units := int(k>>2) % 3 // of eight bytes beyond the first eight
			header := make([]byte, 8+8*units)
			header[0], header[1] = next, byte(units)
			content = content[copy(header[2:], content):]
			next = []byte{hopByHop, routing, options, options}[k&3]
			if next == routing {
				header[3] = 0 // segments left: the packet has arrived
			}
			chain = append(header, chain...)
			size += len(header)
		}
		walkBuilt(t, linktype.IPv6, ipv6Of(next, chain), 40+size, cut)
	})
}

// FuzzTCPOptions checks TCP headers with any bytes as options (RFC 9293 section 3.1). The ports are
// found, the header has the claimed length, and the payload begins after it.
func FuzzTCPOptions(f *testing.F) {
	f.Add([]byte{2, 4, 5, 0xb4, 1, 3, 3, 7, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0}, []byte("GET /"),
		uint16(60))
	f.Add([]byte{5, 0, 5, 1, 5, 255}, []byte{}, uint16(41))
	f.Fuzz(func(t *testing.T, options, payload []byte, cut uint16) {
		const tcp, maxOptions = 6, 40
		options = options[:min(len(options), maxOptions)]
		options = append(options[:len(options):len(options)], make([]byte, -len(options)&3)...)
		header := append([]byte{0xcf, 0x84, 0, 9, 0, 0, 0, 1, 0, 0, 0, 1,
			byte(5+len(options)/4) << 4, 0x10, 0xff, 0xff, 0, 0, 0, 0}, options...)
		data := ipv4Of(tcp, nil, append(header, payload[:min(len(payload), longest)]...))
		walkBuilt(t, linktype.IPv4, data, 20, cut)
		var p decode.Packet
		p.Decode(linktype.IPv4, data, len(data))
		if l := p.Layers[1]; l.ID != decode.IDTCP || l.At != 20 || l.Len != len(header) ||
			l.End != len(data) {
			t.Errorf("%+v, the header has %d bytes of %d", l, len(header), len(data))
		}
	})
}

// FuzzTunnels checks that the ports of the innermost packet are found in any stack of tunnels and
// tags.
func FuzzTunnels(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6}, []byte("payload"), uint16(90))
	f.Add([]byte{3, 3, 3, 2, 2, 1, 0, 0}, []byte{}, uint16(200))
	f.Add([]byte{4, 5, 5, 6, 6, 4}, []byte{1, 2, 3}, uint16(30))
	f.Fuzz(func(t *testing.T, stack, payload []byte, cut uint16) {
		const most = 30 // of at most four headers each: fewer than the walk's limit
		inner, size := ipv4Of(17, nil, udpTo(payload[:min(len(payload), longest)])), 20
		etherType := uint16(0x0800)
		for _, kind := range stack[:min(len(stack), most)] {
			before := len(inner)
			inner, etherType = wrap(kind, inner, etherType)
			size += len(inner) - before
		}
		frame := ethernetOf(etherType, inner)
		walkBuilt(t, linktype.Ethernet, frame, size+len(frame)-len(inner), cut)
	})
}

// ethernetOf returns an Ethernet header with the EtherType, and a payload.
func ethernetOf(etherType uint16, payload []byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}, etherType)
	return append(b, payload...)
}

// wrap adds one tunnel or tag around a payload of the given EtherType, and returns it with its own
// EtherType.
func wrap(kind byte, inner []byte, etherType uint16) ([]byte, uint16) {
	const ipv4, ipv6, vlan, vxlan, gre, ipInIP = 0x0800, 0x86dd, 0x8100, 4789, 47, 4
	be := binary.BigEndian
	switch kind % 7 {
	case 0: // 802.1Q: two bytes of tag, then the EtherType
		return append(be.AppendUint16([]byte{0, kind}, etherType), inner...), vlan
	case 1, 2: // GRE (RFC 2784), over IPv4 or IPv6
		inner = append(be.AppendUint16([]byte{0, 0}, etherType), inner...)
		if kind%7 == 1 {
			return ipv6Of(gre, inner), ipv6
		}
		return ipv4Of(gre, nil, inner), ipv4
	case 3: // VXLAN (RFC 7348)
		inner = append([]byte{8, 0, 0, 0, 0, 0, kind, 0}, ethernetOf(etherType, inner)...)
		udp := be.AppendUint16(be.AppendUint16(nil, 50000), vxlan)
		udp = be.AppendUint16(be.AppendUint16(udp, uint16(8+len(inner))), 0)
		return ipv4Of(17, []byte{1, 1, 1, 0}, append(udp, inner...)), ipv4
	}
	switch etherType { // the others carry IP only
	case ipv4:
		return ipv6Of(ipInIP, inner), ipv6 // RFC 2473
	case ipv6:
		return ipv4Of(41, nil, inner), ipv4 // RFC 4213
	}
	return inner, etherType
}
