package decode

// ARCnet frames as captured on BSD and on Linux. On Linux two more bytes contain the offset of the
// data in the card's buffer.
const (
	arcnetShort = 3 // RFC 1051: no fragmentation field
	arcnetLong  = 6 // RFC 1201: a split flag and a sequence number follow
	arcnetExc   = 4 // extra bytes at the start of an exception packet, on BSD

	arcIP1051, arcARP1051                    = 240, 241
	arcIP1201, arcARP1201, arcRARP, arcIPv6N = 212, 213, 214, 196
	// with LLC instead of RFC 1201's fragmentation (ASHRAE 135 annex F)
	arcBACnet = 205
)

var arcnetProto = Protocol{
	Key: "arcnet", Name: "ARCnet", Ref: "RFC 1201", walk: walkArcnet, none: NotIP,
	Fields: []Spec{arcSrc, arcDst, {Key: "arcnet.protID", Name: "Protocol ID", Bits: 16<<8 | 8,
		Role: NextProtocol, Ref: "RFC 1201 3",
		Doc: "The protocol that follows: 212 and 240 are IPv4.", Mean: arcName}},
	more: func(f *fieldList) { arcFragment(f, arcnetShort) },
}

var arcnetLinuxProto = Protocol{
	Key: "arcnet", Name: "ARCnet (Linux)", Ref: "RFC 1201", walk: walkArcnet, none: NotIP,
	Fields: []Spec{arcSrc, arcDst,
		{Key: "arcnet.offset", Name: "Offset", Bits: 16<<8 | 16, Show: ShowHex,
			Ref: "LINKTYPE_ARCNET_LINUX", Doc: "Where the data was in the card's buffer."},
		{Key: "arcnet.protID", Name: "Protocol ID", Bits: 32<<8 | 8, Role: NextProtocol,
			Ref: "RFC 1201 3", Doc: "The protocol that follows: 212 and 240 are IPv4.",
			Mean: arcName}},
	more: func(f *fieldList) { arcFragment(f, arcnetShort+2) },
}

var (
	arcSrc = Spec{Key: "arcnet.src", Name: "Source", Bits: 0<<8 | 8, Show: ShowHex,
		Ref: "RFC 1201 3", Doc: "The node that sent the frame."}
	arcDst = Spec{Key: "arcnet.dst", Name: "Destination", Bits: 8<<8 | 8, Show: ShowHex,
		Ref: "RFC 1201 3", Doc: "The node that the frame is for; 0 is every node."}
	arcExcep = Spec{Key: "arcnet.exception", Name: "Exception", Bits: 0<<8 | 32, Show: ShowHex,
		Ref: "RFC 1201 3", Doc: "Padding for packet lengths that the hardware cannot send."}
	arcSplit = Spec{Key: "arcnet.split_flag", Name: "Split Flag", Bits: 0<<8 | 8, Show: ShowHex,
		Ref: "RFC 1201 3", Doc: "How the packet is split into frames: 0 is not split."}
	arcSeq = Spec{Key: "arcnet.sequence", Name: "Sequence Number", Bits: 8<<8 | 16,
		Ref: "RFC 1201 3", Doc: "The same in all frames of one packet."}
)

// arcFragment adds the bytes between the protocol ID, which ends at base, and the packet. RFC 1051
// defines none.
func arcFragment(f *fieldList, base int) {
	if f.end-f.at > base+arcnetLong-arcnetShort {
		f.spec(&arcExcep, base)
		base += arcnetExc
	}
	f.spec(&arcSplit, base)
	f.spec(&arcSeq, base)
}

func arcName(v uint64) string {
	switch v {
	case arcIP1051, arcIP1201:
		return "IPv4"
	case arcARP1051, arcARP1201:
		return "ARP"
	case arcRARP:
		return "RARP"
	case arcIPv6N:
		return "IPv6"
	case arcBACnet:
		return "BACnet"
	}
	return ""
}

func walkArcnet(w *walker, s step) step {
	h := w.visible(s)
	n := arcnetShort
	if s.id == IDArcnetLinux {
		n += 2
	}
	if len(h) <= n {
		return w.truncated(s, n+1)
	}
	proto, split := h[n-1], h[n]
	switch proto {
	case arcIP1051:
		w.add(s, n, s.end)
		return step{IDIPv4, s.at + n, s.end}
	case arcARP1051:
		w.add(s, n, s.end)
		return step{IDARP, s.at + n, s.end}
	case arcBACnet:
		w.add(s, n, s.end)
		return step{IDLLC, s.at + n, s.end}
	}
	if s.id == IDArcnet && split == 0xff {
		n += arcnetExc
		if len(h) > n {
			split = h[n]
		}
	}
	n += arcnetLong - arcnetShort
	if w.header(s, n) == nil {
		return step{}
	}
	// RFC 1201 section 3: the flag is odd in the first of several frames, and even but not zero in
	// the later ones.
	if split != 0 && split&1 == 0 {
		w.setNoPorts(LaterFragment)
		return step{}
	}
	switch proto {
	case arcIP1201:
		return step{IDIPv4, s.at + n, s.end}
	case arcARP1201, arcRARP:
		return step{IDARP, s.at + n, s.end}
	case arcIPv6N:
		return step{IDIPv6, s.at + n, s.end}
	}
	w.setNoPorts(NotIP)
	return step{}
}
