package decode

import (
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/portsniff/portsniff/linktype"
)

// piece is one fragment of a UDP datagram over IPv4 between 10.0.0.1 and 10.0.0.2, from port 0xcf84
// (53124) to 9 unless a field says otherwise.
type piece struct {
	id     uint16
	offset int // bytes, a multiple of eight
	length int // of the payload; 16 if 0, none if negative
	last   bool
	src    uint16
	proto  uint8
	outer  []byte // the bytes before the IP header
	link   linktype.Type
}

// bytes returns the frame: addresses, ports and the fragment's fields by hand, checksums zero.
func (c piece) bytes() []byte {
	be := binary.BigEndian
	length, proto, src := c.length, c.proto, c.src
	if length == 0 {
		length = 16
	}
	length = max(length, 0)
	if proto == 0 {
		proto = 17
	}
	if src == 0 {
		src = 53124
	}
	flags := uint16(c.offset / 8)
	if !c.last {
		flags |= 0x2000
	}
	b := slices.Clone(c.outer)
	b = be.AppendUint16(append(b, 0x45, 0), uint16(20+length))
	b = be.AppendUint16(be.AppendUint16(b, c.id), flags)
	b = append(b, 64, proto, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2)
	payload := make([]byte, length)
	if c.offset == 0 && length > 0 {
		be.PutUint16(payload, src)
		be.PutUint16(payload[2:], 9)
		be.PutUint16(payload[4:], 4000)
	}
	return append(b, payload...)
}

// observe decodes the piece as frame n at the given time and returns the ports that it inherited.
func (c piece) observe(table *Fragments, n int64, at time.Time) []TransportHeader {
	var p Packet
	link := c.link
	if link == 0 {
		link = linktype.IPv4
	}
	b := c.bytes()
	p.Decode(link, b, len(b))
	own := len(p.Ports)
	table.Observe(&p, n, at)
	return p.Ports[own:]
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestFragmentsInherit(t *testing.T) {
	table := NewFragments(0)
	if got := (piece{id: 7}).observe(table, 41, noon); len(got) != 0 {
		t.Errorf("the first fragment inherits %+v", got)
	}
	want := TransportHeader{Proto: ProtoUDP, Src: 53124, Dst: 9, At: -1, Layer: 0, Net: 0,
		InheritedFrom: 41}
	for _, c := range []piece{{id: 7, offset: 16}, {id: 7, offset: 32, last: true}} {
		if got := c.observe(table, 42, noon.Add(time.Second)); len(got) != 1 || got[0] != want {
			t.Errorf("offset %d inherits %+v, want %+v", c.offset, got, want)
		}
	}
	if got := table.Counts(); got != (FragmentCounts{Inherited: 2}) || table.Len() != 1 {
		t.Errorf("%+v, %d datagrams", got, table.Len())
	}
}

// vxlan returns the headers before 36 bytes of IPv4 in a VXLAN tunnel: IPv4, UDP from the given
// port to 4789, VXLAN and Ethernet.
func vxlan(t *testing.T, port string, vni byte) []byte {
	b := frameBytes(t, "45000056 00000000 4011 0000 c0000201 c0000202"+port+
		"12b5 0042 0000 08000000 000000 00"+ethIP)
	b[34] = vni
	return b
}

// gre returns the headers before 36 bytes of IPv4 in a GRE tunnel with a key.
func gre(t *testing.T, key byte) []byte {
	b := frameBytes(t, "45000040 00000000 402f 0000 c0000201 c0000202 2000 0800 00000000")
	b[27] = key
	return b
}

// TestFragmentsReject checks lists of fragments whose last one is a later one and must inherit
// nothing.
func TestFragmentsReject(t *testing.T) {
	vlan := func(id byte) []byte {
		return append([]byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x81, 0, 0, id}, 8, 0)
	}
	tunnel := func(dst byte) []byte { // IPv4 in IPv4, 20 + 36 bytes
		return []byte{0x45, 0, 0, 56, 0, 0, 0, 0, 64, 4, 0, 0, 192, 0, 2, 1, 192, 0, 2, dst}
	}
	for _, c := range []struct {
		name   string
		pieces []piece
		counts FragmentCounts
	}{
		{"first one not seen", []piece{{id: 1, offset: 16}}, FragmentCounts{}},
		{"later one came before", []piece{{id: 2}, {id: 1, offset: 16}}, FragmentCounts{}},
		{"other identification", []piece{{id: 1}, {id: 2, offset: 16}}, FragmentCounts{}},
		{"other protocol", []piece{{id: 1}, {id: 1, offset: 16, proto: 6}}, FragmentCounts{}},
		{"other VLAN", []piece{{id: 1, outer: vlan(10), link: 1},
			{id: 1, offset: 16, outer: vlan(11), link: 1}}, FragmentCounts{}},
		{"other tunnel", []piece{{id: 1, outer: tunnel(2)}, {id: 1, offset: 16, outer: tunnel(3)}},
			FragmentCounts{}},
		{"inside and outside a tunnel", []piece{{id: 1}, {id: 1, offset: 16, outer: tunnel(2)}},
			FragmentCounts{}},
		{"other VXLAN network", []piece{{id: 1, outer: vxlan(t, "8000", 1)},
			{id: 1, offset: 16, outer: vxlan(t, "8000", 2)}}, FragmentCounts{}},
		{"other GRE key", []piece{{id: 1, outer: gre(t, 1)}, {id: 1, offset: 16, outer: gre(t, 2)}},
			FragmentCounts{}},
		{"overlap with the last byte", []piece{{id: 1}, {id: 1, offset: 8}},
			FragmentCounts{Refused: 1}},
		{"after an overlap", []piece{{id: 1}, {id: 1, offset: 8}, {id: 1, offset: 16}},
			FragmentCounts{Refused: 2}},
		{"second first one, other port", []piece{{id: 1}, {id: 1, src: 53125}, {id: 1, offset: 16}},
			FragmentCounts{Refused: 2}},
		{"second first one, other length", []piece{{id: 1}, {id: 1, length: 24},
			{id: 1, offset: 24}}, FragmentCounts{Refused: 2}},
		{"first one without ports", []piece{{id: 1, proto: 1}, {id: 1, offset: 16, proto: 1}},
			FragmentCounts{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := NewFragments(0)
			var got []TransportHeader
			for i, f := range c.pieces {
				got = f.observe(table, int64(i+1), noon)
			}
			if len(got) != 0 {
				t.Errorf("inherits %+v", got)
			}
			if table.Counts() != c.counts {
				t.Errorf("%+v, want %+v", table.Counts(), c.counts)
			}
		})
	}
}

// TestFragmentsAllow checks cases that look like those above, but must inherit ports.
func TestFragmentsAllow(t *testing.T) {
	ip6 := []byte{0x60, 0, 0, 0, 0, 36, 4, 64, 39: 1}
	for name, pieces := range map[string][]piece{
		"the same first one twice": {{id: 1}, {id: 1}, {id: 1, offset: 16}},
		"same GRE key": {{id: 1, outer: gre(t, 1)},
			{id: 1, offset: 16, outer: gre(t, 1)}},
		"same VXLAN network, another outer port": {{id: 1, outer: vxlan(t, "8000", 1)},
			{id: 1, offset: 16, outer: vxlan(t, "8001", 1)}},
		"same tunnel": {{id: 1, link: linktype.IPv6, outer: ip6},
			{id: 1, offset: 16, link: linktype.IPv6, outer: ip6}},
	} {
		table := NewFragments(0)
		var got []TransportHeader
		for i, f := range pieces {
			got = f.observe(table, int64(i+1), noon)
		}
		if len(got) != 1 || got[0].Src != 53124 || got[0].InheritedFrom != int64(len(pieces)-1) {
			t.Errorf("%s: inherits %+v", name, got)
		}
	}
}

// TestFragmentsIPv6Key checks that over IPv6 the protocol in a later fragment is ignored (RFC 8200
// section 4.5).
func TestFragmentsIPv6Key(t *testing.T) {
	head := "60000000 0018 2c 40 20010db8000000000000000000000001 20010db8000000000000000000000002 "
	first := frameBytes(t, head+"11 00 0001 00000005 cf84 0009 0fa0 0000 0000000000000000")
	later := frameBytes(t, head+"3c 00 0010 00000005 00000000 00000000 0000000000000000")
	table := NewFragments(0)
	var p Packet
	p.Decode(linktype.IPv6, first, len(first))
	table.Observe(&p, 3, noon)
	p.Decode(linktype.IPv6, later, len(later))
	table.Observe(&p, 4, noon)
	want := TransportHeader{Proto: ProtoUDP, Src: 53124, Dst: 9, At: -1, InheritedFrom: 3}
	if len(p.Ports) != 1 || p.Ports[0] != want || p.NoPorts != LaterFragment {
		t.Errorf("%+v, %s; want %+v", p.Ports, p.NoPorts, want)
	}
}

// TestFragmentsTunnel checks a tunnel's datagram: the first fragment contains inner addresses,
// which differ from the addresses in the later ones.
func TestFragmentsTunnel(t *testing.T) {
	first := frameBytes(t, "45000034 00012000 4004 0000 0a000001 0a000002"+innerUDP)
	var p Packet
	p.Decode(linktype.IPv4, first, len(first))
	if len(p.Ports) != 1 {
		t.Fatalf("%+v", p.Ports)
	}
	table := NewFragments(0)
	table.Observe(&p, 1, noon)
	if got := (piece{id: 1, offset: 32, proto: 4}).observe(table, 2, noon); len(got) != 0 {
		t.Errorf("inherits %+v", got)
	}
}

// TestFragmentsOuterNetwork checks that the VLAN before a long outer header identifies the network.
func TestFragmentsOuterNetwork(t *testing.T) {
	in := func(vlan byte) []byte {
		b := frameBytes(t, "020000000002 020000000001 8100 0000 86dd 60000000 0024 04 40"+
			"20010db8000000000000000000000001 20010db8000000000000000000000002")
		b[15] = vlan
		return b
	}
	first := piece{id: 1, outer: in(5), link: linktype.Ethernet}
	for vlan, want := range map[byte]int{5: 1, 6: 0} {
		table := NewFragments(0)
		first.observe(table, 1, noon)
		later := piece{id: 1, offset: 16, outer: in(vlan), link: linktype.Ethernet}
		if got := later.observe(table, 2, noon); len(got) != want {
			t.Errorf("VLAN %d inherits %+v from VLAN 5", vlan, got)
		}
	}
}

func TestFragmentsQuoted(t *testing.T) {
	table := NewFragments(0)
	(piece{id: 1}).observe(table, 1, noon)
	b := append(frameBytes(t, "45000040 00010000 4001 0000 0a000002 0a000001 0b010000 00000000"),
		piece{id: 1, offset: 16}.bytes()...)
	var p Packet
	p.Decode(linktype.IPv4, b, len(b))
	table.Observe(&p, 2, noon)
	if len(p.Ports) != 0 || len(p.Layers) != 3 {
		t.Errorf("layers %+v, ports %+v", p.Layers, p.Ports)
	}
	b = append(frameBytes(t, "45000040 00010000 4001 0000 0a000002 0a000001 0b010000 00000000"),
		piece{id: 2}.bytes()...)
	p.Decode(linktype.IPv4, b, len(b))
	table.Observe(&p, 3, noon)
	if table.Len() != 1 || len(p.Ports) != 1 || !p.Ports[0].Quoted {
		t.Errorf("a quoted first fragment is remembered: %d, %+v", table.Len(), p.Ports)
	}
}

func TestFragmentsTime(t *testing.T) {
	for _, c := range []struct {
		name         string
		first, later time.Time
		inherits     bool
	}{
		{"within the lifetime", noon, noon.Add(FragmentLife), true},
		{"after it", noon, noon.Add(FragmentLife + 1), false},
		{"a little out of order", noon, noon.Add(-time.Second), true},
		{"clock set back", noon, noon.Add(-time.Hour), false},
		{"no time", time.Time{}, time.Time{}, true},
		{"first without time", time.Time{}, noon, true},
		{"later without time", noon, time.Time{}, true},
	} {
		table := NewFragments(0)
		(piece{id: 1}).observe(table, 1, c.first)
		got := (piece{id: 1, offset: 16}).observe(table, 2, c.later)
		if (len(got) == 1) != c.inherits || (table.Counts().Expired == 0) != c.inherits {
			t.Errorf("%s: inherits %+v, %+v", c.name, got, table.Counts())
		}
	}
	// A new datagram with an old one's identification starts from scratch.
	table := NewFragments(0)
	(piece{id: 1}).observe(table, 1, noon)
	(piece{id: 1, src: 4000}).observe(table, 2, noon.Add(time.Hour))
	if got := (piece{id: 1, offset: 16}).observe(table, 3, noon.Add(time.Hour)); len(got) != 1 ||
		got[0].Src != 4000 {
		t.Errorf("inherits %+v", got)
	}
}

func TestFragmentsBound(t *testing.T) {
	const size, datagrams = 8, 100
	table := NewFragments(size)
	for id := range uint16(datagrams) {
		(piece{id: id}).observe(table, int64(id)+1, noon)
		if table.Len() > size {
			t.Fatalf("%d datagrams", table.Len())
		}
	}
	if got := table.Counts().Evicted; got != datagrams-size {
		t.Errorf("%d evicted, want %d", got, datagrams-size)
	}
	for id := range uint16(datagrams) {
		got := (piece{id: id, offset: 16}).observe(table, 1000, noon)
		if kept := id >= datagrams-size; (len(got) == 1) != kept {
			t.Errorf("datagram %d: %+v, want kept %v", id, got, kept)
		}
	}
}

// TestFragmentsReuse checks that the slot of a datagram whose fragments contradict each other can
// be reused for the next one.
func TestFragmentsReuse(t *testing.T) {
	table := NewFragments(1)
	for id := range uint16(3) {
		(piece{id: id}).observe(table, int64(id)+1, noon)
		if got := (piece{id: id, offset: 16}).observe(table, 100, noon); len(got) != 1 ||
			got[0].InheritedFrom != int64(id)+1 {
			t.Errorf("datagram %d: %+v", id, got)
		}
		(piece{id: id, offset: 8}).observe(table, 101, noon)
		if got := (piece{id: id, offset: 16}).observe(table, 102, noon); len(got) != 0 {
			t.Errorf("datagram %d, after an overlap: %+v", id, got)
		}
	}
}

func TestFragmentsAllocateNothing(t *testing.T) {
	table := NewFragments(16)
	var p Packet
	id := uint16(0)
	first, later := piece{}.bytes(), piece{offset: 16}.bytes()
	n := testing.AllocsPerRun(1000, func() {
		id++
		for _, b := range [][]byte{first, later} {
			binary.BigEndian.PutUint16(b[4:], id)
			p.Decode(linktype.IPv4, b, len(b))
			table.Observe(&p, int64(id), noon.Add(time.Duration(id)*time.Second))
		}
	})
	if n != 0 || table.Counts().Inherited < 1000 || table.Counts().Evicted == 0 {
		t.Errorf("%v allocations, %+v", n, table.Counts())
	}
}
