package decode

import "encoding/binary"

// What hosts put before captured packets: IP over InfiniBand (RFC 4391), BSD's enc and pflog
// interfaces, Solaris's IPNET, SLIP.
const (
	ipoibLen   = 44
	encLen     = 12
	ipnetLen   = 24
	slipLen    = 16
	pflogMin   = 48
	ipnetInet6 = 26 // AF_INET6 on Solaris
)

var ipoibProto = Protocol{
	Key: "ipoib", Name: "IP over InfiniBand", Ref: "RFC 4391", walk: walkIPoIB, none: NotIP,
	Fields: []Spec{
		{Key: "ipoib.grh", Name: "Global Routing Header", Short: "GRH", Bits: 0<<8 | 160,
			Show: ShowBytes, Ref: "LINKTYPE_IPOIB",
			Doc: "Flow, length and the sender's identifier, as the card saw them."},
		{Key: "ipoib.daddr", Name: "Destination", Bits: 160<<8 | 160, Show: ShowBytes,
			Ref: "RFC 4391 9.1.1", Doc: "The receiver's queue pair and identifier."},
		{Key: "ipoib.type", Name: "EtherType", Short: "Type", Bits: 320<<8 | 16, Show: ShowHex,
			Role: NextEtherType, Ref: "RFC 4391 6", Doc: "Says which protocol follows.",
			Mean: etherTypeName},
		{Key: "ipoib.reserved", Name: "Reserved", Bits: 336<<8 | 16, Show: ShowRsv,
			Ref: "RFC 4391 6", Doc: "Zero."},
	},
}

func walkIPoIB(w *walker, s step) step {
	h := w.whole(s, ipoibLen)
	if h == nil {
		return step{}
	}
	return w.byEtherType(u16(h[40:]), s.at+ipoibLen, s.end)
}

var encProto = Protocol{
	Key: "enc", Name: "OpenBSD enc", Ref: "LINKTYPE_ENC", walk: walkENC, none: NotIP,
	Fields: []Spec{
		{Key: "enc.af", Name: "Address Family", Short: "Family", Bits: 0<<8 | 32, Show: ShowHex,
			Ref: "enc(4)",
			Doc: "The family of the packet, in the byte order of the machine that captured."},
		{Key: "enc.spi", Name: "SPI", Bits: 32<<8 | 32, Show: ShowHex, Ref: "enc(4)",
			Doc: "The security association that the packet belongs to."},
		{Key: "enc.flags", Name: "Flags", Bits: 64<<8 | 32, Show: ShowHex, Ref: "enc(4)",
			Doc: "Whether it was authenticated or encrypted."},
	},
}

func walkENC(w *walker, s step) step {
	h := w.whole(s, encLen)
	if h == nil {
		return step{}
	}
	return w.byFamily(hostU32(h), s.at+encLen, s.end)
}

// hostU32 reads a small number in whichever byte order makes it small.
func hostU32(h []byte) uint32 {
	return min(binary.BigEndian.Uint32(h), binary.LittleEndian.Uint32(h))
}

// byFamily goes on with an address family of one of the systems that capture.
func (w *walker) byFamily(family uint32, at, end int) step {
	switch family {
	case 2:
		return step{IDIPv4, at, end}
	case 10, 24, 28, 30, ipnetInet6:
		return step{IDIPv6, at, end}
	}
	w.because(NotIP)
	return step{}
}

var pflogProto = Protocol{
	Key: "pflog", Name: "OpenBSD packet filter log", Ref: "LINKTYPE_PFLOG", walk: walkPFLOG,
	none: NotIP,
	Fields: []Spec{
		{Key: "pflog.length", Name: "Length", Bits: 0<<8 | 8, Ref: "pflog(4)",
			Doc: "Bytes of this header without its padding to a multiple of four."},
		{Key: "pflog.af", Name: "Address Family", Short: "Family", Bits: 8<<8 | 8, Ref: "pflog(4)",
			Doc: "The family of the packet: 2 is IPv4."},
		{Key: "pflog.action", Name: "Action", Bits: 16<<8 | 8, Ref: "pflog(4)",
			Doc: "What the filter did: 0 passed, 1 dropped the packet."},
		{Key: "pflog.reason", Name: "Reason", Bits: 24<<8 | 8, Ref: "pflog(4)",
			Doc: "Why it did so."},
		{Key: "pflog.ifname", Name: "Interface", Bits: 32<<8 | 128, Show: ShowText, Ref: "pflog(4)",
			Doc: "Where the packet passed."},
		{Key: "pflog.ruleset", Name: "Ruleset", Bits: 160<<8 | 128, Show: ShowText, Ref: "pflog(4)",
			Doc: "The set of rules that decided."},
		{Key: "pflog.rulenr", Name: "Rule Number", Bits: 288<<8 | 32, Ref: "pflog(4)",
			Doc: "The rule that decided."},
		{Key: "pflog.subrulenr", Name: "Sub Rule Number", Bits: 320<<8 | 32, Ref: "pflog(4)",
			Doc: "The rule within its set."},
		{Key: "pflog.uid", Name: "UID", Bits: 352<<8 | 32, Ref: "pflog(4)",
			Doc: "The user whose packet it is."},
	},
	more: func(f *fieldList) { f.rest(&pflogMore, pflogMin) },
}

var pflogMore = Spec{Key: "pflog.more", Name: "Process, rule owner, direction", Show: ShowBytes,
	Ref: "pflog(4)", Doc: "Process, rule's owner, direction and padding."}

func walkPFLOG(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < pflogMin {
		return w.short(s, pflogMin)
	}
	n := (int(h[0]) + 3) &^ 3
	if n < pflogMin {
		return w.bad(s, pflogMin, ErrLength)
	}
	if h = w.whole(s, n); h == nil {
		return step{}
	}
	return w.byFamily(uint32(h[1]), s.at+n, s.end)
}

var ipnetProto = Protocol{
	Key: "ipnet", Name: "Solaris IPNET", Ref: "LINKTYPE_IPNET", walk: walkIPNET, none: NotIP,
	Fields: []Spec{
		{Key: "ipnet.version", Name: "Version", Short: "Ver", Bits: 0<<8 | 8, Ref: "LINKTYPE_IPNET",
			Doc: "1."},
		{Key: "ipnet.family", Name: "Address Family", Short: "Family", Bits: 8<<8 | 8,
			Ref: "LINKTYPE_IPNET", Doc: "2 is IPv4, 26 is IPv6."},
		{Key: "ipnet.htype", Name: "Hook Type", Bits: 16<<8 | 16, Ref: "LINKTYPE_IPNET",
			Doc: "Where in the system the packet was seen."},
		{Key: "ipnet.pktlen", Name: "Packet Length", Bits: 32<<8 | 32, Ref: "LINKTYPE_IPNET",
			Doc: "Bytes of IP that follow."},
		{Key: "ipnet.ifindex", Name: "Interface Index", Bits: 64<<8 | 32, Ref: "LINKTYPE_IPNET",
			Doc: "The interface the packet used."},
		{Key: "ipnet.grifindex", Name: "Group Interface Index", Bits: 96<<8 | 32,
			Ref: "LINKTYPE_IPNET", Doc: "The group of that interface."},
		{Key: "ipnet.zsrc", Name: "Source Zone", Bits: 128<<8 | 32, Ref: "LINKTYPE_IPNET",
			Doc: "The sender's zone."},
		{Key: "ipnet.zdst", Name: "Destination Zone", Bits: 160<<8 | 32, Ref: "LINKTYPE_IPNET",
			Doc: "The receiver's zone."},
	},
}

func walkIPNET(w *walker, s step) step {
	h := w.whole(s, ipnetLen)
	if h == nil {
		return step{}
	}
	return w.byFamily(uint32(h[1]), s.at+ipnetLen, s.end)
}

var slipProto = Protocol{
	Key: "slip", Name: "Serial Line IP", Ref: "LINKTYPE_SLIP", walk: walkSLIP, none: NotIP,
	Fields: []Spec{
		{Key: "slip.direction", Name: "Direction", Bits: 0<<8 | 8, Ref: "LINKTYPE_SLIP",
			Doc: "0: received by the capturing host, 1: sent by it."},
		{Key: "slip.type", Name: "Packet Type", Bits: 8<<8 | 8, Show: ShowHex, Ref: "LINKTYPE_SLIP",
			Doc: "0x40 up: plain IP; 0x70 and 0x80 up: TCP headers are compressed (RFC 1144)."},
		{Key: "slip.compressed", Name: "Compression Information", Bits: 16<<8 | 112,
			Show: ShowBytes, Ref: "LINKTYPE_SLIP", Doc: "What the compressed header was."},
	},
}

func walkSLIP(w *walker, s step) step {
	if w.whole(s, slipLen) == nil {
		return step{}
	}
	return step{IDRaw, s.at + slipLen, s.end}
}
