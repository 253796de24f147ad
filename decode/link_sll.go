package decode

// Linux cooked capture, LINKTYPE_LINUX_SLL: the header that replaces the link header in captures on
// "any".
const (
	sllLen = 16

	sllPktType  Bits = 0<<8 | 16
	sllHAType   Bits = 16<<8 | 16
	sllHALen    Bits = 32<<8 | 16
	sllAddr     Bits = 48<<8 | 64
	sllProtocol Bits = 112<<8 | 16
)

const sllRef = "LINKTYPE_LINUX_SLL"

var sllProto = Protocol{
	Key: "sll", Name: "Linux cooked capture v1", Ref: sllRef, walk: walkSLL, none: NotIP,
	Fields: []Spec{
		{Key: "sll.pkttype", Name: "Packet Type", Bits: sllPktType, Ref: sllRef,
			Doc: "Whether the packet was received or sent.", Mean: sllPktTypeName},
		{Key: "sll.hatype", Name: "ARPHRD Type", Short: "Link type", Bits: sllHAType, Ref: sllRef,
			Doc: "The device's type as Linux numbers it."},
		{Key: "sll.halen", Name: "Address Length", Bits: sllHALen, Ref: sllRef,
			Doc: "How many bytes of the address field are used."},
		{Key: "sll.src.other", Name: "Link-layer Address", Short: "Address", Bits: sllAddr,
			Show: ShowBytes, Ref: sllRef,
			Doc: "The sender's hardware address, padded to eight bytes."},
		{Key: "sll.etype", Name: "Protocol Type", Short: "Type", Bits: sllProtocol, Show: ShowHex,
			Role: NextEtherType, Ref: sllRef,
			Doc: "The protocol that follows, usually as an EtherType.", Mean: etherTypeName},
	},
}

func sllPktTypeName(v uint64) string {
	names := [...]string{"to this host", "broadcast", "multicast", "to another host",
		"sent by this host"}
	if v < uint64(len(names)) {
		return names[v]
	}
	return ""
}

// Device types of Linux (if_arp.h) for which the protocol field is not an EtherType.
const (
	arphrdFrameRelay = 770 // the payload begins with a Q.922 address
	arphrdIPGRE      = 778 // the field is a GRE protocol type; the kernel removed the GRE header
	arphrdRadiotap   = 803 // the payload begins with a radiotap header
	arphrdNetlink    = 824 // the field is a netlink family
)

// Values of the protocol field below any EtherType, from if_ether.h.
const (
	sllNovell = 0x0001 // raw 802.3
	sll802_2  = 0x0004
)

func walkSLL(w *walker, s step) step {
	h := w.header(s, sllLen)
	if h == nil {
		return step{}
	}
	return w.bySLLType(sllHAType.U16(h), sllProtocol.U16(h), s.at+sllLen, s.end)
}

// bySLLType selects the next header from the device type and the protocol field, as
// LINKTYPE_LINUX_SLL defines them.
func (w *walker) bySLLType(arphrd, proto uint16, at, end int) step {
	switch {
	case arphrd == arphrdNetlink && proto == netlinkNetfilter:
		return step{IDNetlink, at, end}
	case arphrd == arphrdNetlink:
	case arphrd == arphrdIPGRE:
		return w.byGREType(proto, false, at, end)
	case arphrd == arphrdRadiotap:
		return step{IDRadiotap, at, end}
	case arphrd == arphrdFrameRelay:
		return step{IDFrameRelay, at, end}
	case proto == sll802_2:
		return step{IDLLC, at, end}
	case proto > maxLLCLength:
		return w.byEtherType(proto, at, end)
	}
	w.setNoPorts(NotIP)
	return step{}
}
