package decode

// Linux cooked capture version 2, LINKTYPE_LINUX_SLL2: it includes the index of the interface.
const (
	sll2Len = 20

	sll2Protocol Bits = 0<<8 | 16
	sll2Reserved Bits = 16<<8 | 16
	sll2Index    Bits = 32<<8 | 32
	sll2HAType   Bits = 64<<8 | 16
	sll2PktType  Bits = 80<<8 | 8
	sll2HALen    Bits = 88<<8 | 8
	sll2Addr     Bits = 96<<8 | 64

	sll2Ref = "LINKTYPE_LINUX_SLL2"
)

var sll2Proto = Protocol{
	Key: "sll2", Name: "Linux cooked capture v2", Ref: sll2Ref, walk: walkSLL2, none: NotIP,
	Fields: []Spec{
		{Key: "sll.etype", Name: "Protocol Type", Short: "Type", Bits: sll2Protocol, Show: ShowHex,
			Role: NextEtherType, Ref: sll2Ref,
			Doc: "The protocol that follows, usually as an EtherType.", Mean: etherTypeName},
		{Key: "sll.reserved", Name: "Reserved", Bits: sll2Reserved, Show: ShowRsv, Ref: sll2Ref,
			Doc: "Zero."},
		{Key: "sll.ifindex", Name: "Interface Index", Bits: sll2Index, Ref: sll2Ref,
			Doc: "The number of the interface it was captured on."},
		{Key: "sll.hatype", Name: "ARPHRD Type", Short: "Link type", Bits: sll2HAType, Ref: sll2Ref,
			Doc: "The device's type as Linux numbers it."},
		{Key: "sll.pkttype", Name: "Packet Type", Bits: sll2PktType, Ref: sll2Ref,
			Doc: "Whether the packet was received or sent.", Mean: sllPktTypeName},
		{Key: "sll.halen", Name: "Address Length", Bits: sll2HALen, Ref: sll2Ref,
			Doc: "How many bytes of the address field are used."},
		{Key: "sll.src.other", Name: "Link-layer Address", Short: "Address", Bits: sll2Addr,
			Show: ShowBytes, Ref: sll2Ref,
			Doc: "The sender's hardware address, padded to eight bytes."},
	},
}

func walkSLL2(w *walker, s step) step {
	h := w.header(s, sll2Len)
	if h == nil {
		return step{}
	}
	return w.bySLLType(sll2HAType.U16(h), sll2Protocol.U16(h), s.at+sll2Len, s.end)
}
