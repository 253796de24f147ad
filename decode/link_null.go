package decode

import "encoding/binary"

// LINKTYPE_NULL and LINKTYPE_LOOP: four bytes with the address family, in the byte order of the
// capturing machine (NULL) or in network byte order (LOOP).
const nullLen = 4

var nullProto = Protocol{
	Key: "null", Name: "BSD loopback", Ref: "LINKTYPE_NULL", walk: walkNull, none: NotIP,
	Fields: []Spec{
		{Key: "null.family", Name: "Address Family", Short: "Family", Bits: 0<<8 | 32,
			Show: ShowHex, Ref: "LINKTYPE_NULL",
			Doc: "The family of what follows, in the byte order of the machine that captured: 2 " +
				"is IPv4; 10, 24, 28 and 30 are IPv6."},
	},
}

func walkNull(w *walker, s step) step {
	h := w.header(s, nullLen)
	if h == nil {
		return step{}
	}
	family := binary.BigEndian.Uint32(h)
	if family > 0xffff {
		family = binary.LittleEndian.Uint32(h)
	}
	at := s.at + nullLen
	// not a family in any byte order: some systems, also Linux, write an EtherType after two bytes
	if family > 0xffff {
		family = uint32(u16(h[2:]))
	}
	switch family {
	case 2:
		return step{IDIPv4, at, s.end}
	case 10, 24, 28, 30: // Linux; NetBSD and OpenBSD; FreeBSD; Darwin
		return step{IDIPv6, at, s.end}
	}
	if family > maxLLCLength && family <= 0xffff {
		return w.byEtherType(uint16(family), at, s.end)
	}
	w.setNoPorts(NotIP)
	return step{}
}

// hostU32 reads a small number in the byte order that makes it smaller.
func hostU32(h []byte) uint32 {
	return min(binary.BigEndian.Uint32(h), binary.LittleEndian.Uint32(h))
}

// byFamily continues with an address family of any capturing system.
func (w *walker) byFamily(family uint32, at, end int) step {
	switch family {
	case 2:
		return step{IDIPv4, at, end}
	case 10, 24, 28, 30, ipnetInet6:
		return step{IDIPv6, at, end}
	}
	w.setNoPorts(NotIP)
	return step{}
}
