package main

import "encoding/binary"

// A builder builds frames in its own buffer. Payload after the first bytes is zero, because its
// content does not matter.
type builder struct {
	buf   [256]byte
	shape shape
}

// ethernetTo writes the link header with VLAN tags, and returns its length.
func (b *builder) ethernetTo(back bool, vlans, etherType int) int {
	clear(b.buf[:])
	client, server := []byte{2, 0, 0, 0, 0, 1}, []byte{2, 0, 0, 0, 0, 2}
	if back {
		client, server = server, client
	}
	copy(b.buf[0:], server)
	copy(b.buf[6:], client)
	at := 12
	for n := vlans; n > 0; n-- {
		tpid := 0x8100
		if n > 1 {
			tpid = 0x88a8 // the outer of two tags
		}
		put16(b.buf[at:], tpid)
		put16(b.buf[at+2:], 41+n)
		at += 4
	}
	put16(b.buf[at:], etherType)
	return at + 2
}

// network writes all headers before the transport header, for n bytes of transport header and
// payload. It returns the offsets of the network header and the transport header.
func (b *builder) network(c *conversation, back bool, proto byte, n int) (network, transport int) {
	etherType, size := 0x0800, 20
	if c.v6 {
		etherType, size = 0x86dd, 40
	}
	if c.tunnel == noTunnel {
		network = b.ethernetTo(back, c.vlans, etherType)
		return network, b.ip(network, c, back, proto, n)
	}
	size += n
	ends := conversation{client: 0xcb007101, srv: 0xcb007100 | 2 + c.client&0x1f}
	at := b.ethernetTo(back, c.vlans, 0x0800)
	switch c.tunnel {
	case vxlan: // RFC 7348
		at = b.ip(at, &ends, back, 17, 8+8+14+size)
		put16(b.buf[at:], int(c.sport))
		put16(b.buf[at+2:], 4789)
		put16(b.buf[at+4:], 8+8+14+size)
		b.buf[at+8] = 0x08 // flag: the VNI is valid
		b.buf[at+14] = 7
		copy(b.buf[at+16:], []byte{2, 0, 0, 0, 1, 2, 2, 0, 0, 0, 1, 1})
		put16(b.buf[at+28:], etherType)
		at += 30
	case gre: // RFC 2784
		at = b.ip(at, &ends, back, 47, 4+size)
		put16(b.buf[at+2:], etherType)
		at += 4
	case ipInIP: // RFC 2003 and RFC 4213
		inner := byte(4)
		if c.v6 {
			inner = 41
		}
		at = b.ip(at, &ends, back, inner, size)
	}
	return at, b.ip(at, c, back, proto, n)
}

// ip writes an IP header for a payload of n bytes at offset at, and returns the offset of the
// payload.
func (b *builder) ip(at int, c *conversation, back bool, proto byte, n int) int {
	h := b.buf[at:]
	src, dst := c.client, c.srv
	if back {
		src, dst = dst, src
	}
	if c.v6 {
		h[0], h[6], h[7] = 0x60, proto, 64
		put16(h[4:], n)
		for i, a := range [2]uint32{src, dst} {
			copy(h[8+16*i:], []byte{0x20, 0x01, 0x0d, 0xb8})
			binary.BigEndian.PutUint32(h[20+16*i:], a)
		}
		return at + 40
	}
	h[0], h[8], h[9] = 0x45, 64, proto
	put16(h[2:], 20+n)
	h[6] = 0x40 // don't fragment
	binary.BigEndian.PutUint32(h[12:], src)
	binary.BigEndian.PutUint32(h[16:], dst)
	sumIPv4(h)
	return at + 20
}

func sumIPv4(h []byte) {
	put16(h[10:], 0)
	var sum int
	for i := 0; i < 20; i += 2 {
		sum += int(binary.BigEndian.Uint16(h[i:]))
	}
	sum = sum&0xffff + sum>>16
	put16(h[10:], ^(sum + sum>>16))
}

// frame writes one whole packet with size bytes of payload: payload, followed by zeros.
func (b *builder) frame(w *writer, c *conversation, back bool, flags byte, size int,
	payload []byte) {
	proto, header := byte(6), 20
	if c.udp {
		proto, header = 17, 8
	}
	_, at := b.network(c, back, proto, header+size)
	h := b.buf[at:]
	b.ports(at, c, back)
	if c.udp {
		put16(h[4:], header+size)
	} else {
		h[12], h[13] = 0x50, flags
		put16(h[14:], 0xffff)
	}
	copy(h[header:], payload)
	whole := at + header + size
	w.packet(b.buf[:min(max(whole, 60), len(b.buf))], max(whole, 60))
}

func (b *builder) ports(at int, c *conversation, back bool) {
	sport, dport := int(c.sport), int(c.dport)
	if back {
		sport, dport = dport, sport
	}
	put16(b.buf[at:], sport)
	put16(b.buf[at+2:], dport)
}

// fragments writes a UDP datagram in two fragments.
func (b *builder) fragments(w *writer, c *conversation, id uint16) {
	const first, rest = 1480, 600
	for _, offset := range [2]int{0, first} {
		n, more := rest, 0
		if offset == 0 {
			n, more = first, 1
		}
		var at int
		if c.v6 { // RFC 8200, section 4.5
			_, at = b.network(c, false, 44, 8+n)
			b.buf[at] = 17
			put16(b.buf[at+2:], offset|more)
			put16(b.buf[at+6:], int(id))
			at += 8
		} else {
			var ip int
			ip, at = b.network(c, false, 17, n)
			put16(b.buf[ip+4:], int(id))
			put16(b.buf[ip+6:], more<<13|offset/8)
			sumIPv4(b.buf[ip:])
		}
		if offset == 0 {
			b.ports(at, c, false)
			put16(b.buf[at+4:], first+rest)
		}
		w.packet(b.buf[:], at+n)
	}
}

func (b *builder) arp(w *writer) {
	at := b.ethernetTo(false, 0, 0x0806)
	copy(b.buf[at:], []byte{0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0,
		10, 0, 0, 2})
	w.packet(b.buf[:60], 60)
}

func (b *builder) ping(w *writer, n uint16) {
	c := conversation{client: 0x0a000001, srv: 0xc6120001}
	at := b.ip(b.ethernetTo(false, 0, 0x0800), &c, false, 1, 64)
	b.buf[at] = 8
	put16(b.buf[at+6:], int(n))
	w.packet(b.buf[:at+64], at+64)
}
