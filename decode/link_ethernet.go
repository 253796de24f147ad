package decode

// Ethernet II and IEEE 802.3 share their first fourteen bytes. The last two are a type from 0x0600
// up, or a length up to 1500.
const (
	EthernetLen = 14

	ethDst  Bits = 0<<8 | 48
	ethSrc  Bits = 48<<8 | 48
	ethType Bits = 96<<8 | 16

	minEtherType = 0x0600
	maxLLCLength = 1500

	etherTypeIPv4 = 0x0800
)

var ethernetProto = Protocol{
	Key: "eth", Name: "Ethernet", Ref: "IEEE 802.3", walk: walkEthernet, none: NotIP,
	Fields: []Spec{
		{Key: "eth.dst", Name: "Destination Address", Short: "Destination", Bits: ethDst,
			Show: ShowMAC, Ref: "IEEE 802.3 3.2.4",
			Doc: "The station on this link that the frame is for."},
		{Key: "eth.src", Name: "Source Address", Short: "Source", Bits: ethSrc, Show: ShowMAC,
			Ref: "IEEE 802.3 3.2.5", Doc: "The station on this link that sent the frame."},
		{Key: "eth.type", Name: "EtherType", Short: "Type", Bits: ethType, Show: ShowHex,
			Role: NextEtherType, Ref: "IEEE 802.3 3.2.6",
			Doc: "0x0600 and above: the protocol that follows. 1500 and below: the payload's " +
				"length in bytes.", Mean: etherTypeOrLength},
	},
}

// Ethernet is a view of a whole Ethernet header.
type Ethernet []byte

// Dst returns the destination's hardware address, six bytes.
func (h Ethernet) Dst() []byte { return ethDst.Bytes(h) }

// Src returns the sender's hardware address, six bytes.
func (h Ethernet) Src() []byte { return ethSrc.Bytes(h) }

// Type returns the EtherType, or the payload's length if it is at most 1500.
func (h Ethernet) Type() uint16 { return ethType.U16(h) }

func etherTypeOrLength(v uint64) string {
	if v <= maxLLCLength {
		return "length"
	}
	return etherTypeName(v)
}

func walkEthernet(w *walker, s step) step {
	h := w.header(s, EthernetLen)
	if h == nil {
		return step{}
	}
	t := Ethernet(h).Type()
	if t <= maxLLCLength && isISL(h) {
		w.Layers = w.Layers[:len(w.Layers)-1]
		return step{IDISL, s.at, s.end}
	}
	return w.byEtherType(t, s.at+EthernetLen, s.end)
}

// byEtherType continues with the header of an EtherType, or with 802.2 if the field is a length.
func (w *walker) byEtherType(t uint16, at, end int) step {
	switch {
	case t == etherTypeIPv4: // fast path for the most common type
		return step{IDIPv4, at, end}
	case t <= maxLLCLength:
		return w.ieee8023(int(t), at, end)
	}
	if id := etherTypes[t]; id != IDNone {
		return step{id, at, end}
	}
	w.setNoPorts(NotIP)
	return step{}
}

// novellRaw is the start of an IPX packet directly after the length field. No LLC header begins
// like this, because both access points would be 0xff.
const novellRaw = 0xffff

// ieee8023 continues after a length field. Bytes after that length are the frame's padding.
func (w *walker) ieee8023(n, at, end int) step {
	if at+n < end {
		end = at + n
		w.claim = ClaimHeader
	}
	v := w.visible(step{at: at, end: end})
	if n == 0 { // neither a length nor a type
		return w.notIP()
	}
	if len(v) >= 2 && u16(v) == novellRaw {
		w.setNoPorts(NotIP)
		return step{}
	}
	return step{IDLLC, at, end}
}

// etherTypes maps an EtherType to the header it announces. Types without a decoder are absent;
// their names are in etherTypeNames.
var etherTypes = map[uint16]ProtocolID{
	etherTypeIPv4: IDIPv4,
	0x0806:        IDARP,
	0x8035:        IDARP, // RARP, RFC 903: the same header
	0x86dd:        IDIPv6,
	0x8100:        IDVLAN,
	0x88a8:        IDVLAN,
	0x9100:        IDVLAN,
	0x9200:        IDVLAN,
	0x8847:        IDMPLS,
	0x8848:        IDMPLS,
	0x8864:        IDPPPoE,
	0x6558:        IDEthernet, // transparent Ethernet bridging, RFC 1701
	0x22f3:        IDTRILL,
	0x4305:        IDBatman,
	0x8870:        IDLLC, // frames that are too long for a length field
	0x88e5:        IDMACsec,
	0x88e7:        IDITag,
	0x8903:        IDFabricPath,
	0x8909:        IDCMD,
	0x8926:        IDVNTag,
	0x892f:        IDHSR,
	0x893f:        IDETag,
	0x894f:        IDNSH,
	0xf1c1:        IDRTag,
	0x880b:        IDPPP,
	0xd28b:        IDArista,
}
