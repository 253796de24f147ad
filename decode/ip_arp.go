package decode

// ARP header fields, RFC 826: the lengths of the addresses are in the header itself.
const (
	arpMinLen = 8

	arpHType Bits = 0<<8 | 16
	arpPType Bits = 16<<8 | 16
	arpHLen  Bits = 32<<8 | 8
	arpPLen  Bits = 40<<8 | 8
	arpOp    Bits = 48<<8 | 16
)

var arpProto = Protocol{
	Key: "arp", Name: "Address Resolution Protocol", Ref: "RFC 826", walk: walkARP, none: NotIP,
	more: arpAddresses,
	Fields: []Spec{
		{Key: "arp.hw.type", Name: "Hardware Type", Bits: arpHType, Ref: "RFC 826",
			Doc: "The kind of link: 1 is Ethernet."},
		{Key: "arp.proto.type", Name: "Protocol Type", Bits: arpPType, Show: ShowHex,
			Ref: "RFC 826", Doc: "The protocol of the addresses, as an EtherType.",
			Mean: etherTypeName},
		{Key: "arp.hw.size", Name: "Hardware Address Length", Short: "HLen", Bits: arpHLen,
			Ref: "RFC 826", Doc: "Length of a hardware address in bytes."},
		{Key: "arp.proto.size", Name: "Protocol Address Length", Short: "PLen", Bits: arpPLen,
			Ref: "RFC 826", Doc: "Length of a protocol address in bytes."},
		{Key: "arp.opcode", Name: "Opcode", Bits: arpOp, Ref: "RFC 826", Doc: "1 asks, 2 answers.",
			Mean: arpOpName},
	},
}

var (
	arpSHA = Spec{Key: "arp.src.hw_mac", Name: "Sender Hardware Address", Short: "Sender MAC",
		Show: ShowMAC, Ref: "RFC 826", Doc: "The sender's hardware address."}
	arpSPA = Spec{Key: "arp.src.proto_ipv4", Name: "Sender Protocol Address", Short: "Sender IP",
		Show: ShowAddr, Ref: "RFC 826", Doc: "Its IP address."}
	arpTHA = Spec{Key: "arp.dst.hw_mac", Name: "Target Hardware Address", Short: "Target MAC",
		Show: ShowMAC, Ref: "RFC 826", Doc: "The target's hardware address; unknown in a request."}
	arpTPA = Spec{Key: "arp.dst.proto_ipv4", Name: "Target Protocol Address", Short: "Target IP",
		Show: ShowAddr, Ref: "RFC 826", Doc: "The target's IP address; in a request, the " +
			"address to resolve."}
)

func arpOpName(v uint64) string {
	names := [...]string{"", "request", "reply", "reverse request", "reverse reply"}
	if v < uint64(len(names)) {
		return names[v]
	}
	return ""
}

func arpAddresses(f *fieldList) {
	h := f.bytes()
	if len(h) < arpMinLen {
		return
	}
	at, hl, pl := 8*arpMinLen, 8*int(arpHLen.U8(h)), 8*int(arpPLen.U8(h))
	for _, a := range [...]struct {
		s *Spec
		n int
	}{{&arpSHA, hl}, {&arpSPA, pl}, {&arpTHA, hl}, {&arpTPA, pl}} {
		f.wide(a.s, at, a.n)
		at += a.n
	}
}

func walkARP(w *walker, s step) step {
	h := w.visible(s)
	n := arpMinLen
	if len(h) >= arpMinLen {
		n += 2 * (int(arpHLen.U8(h)) + int(arpPLen.U8(h)))
	}
	if len(h) < n {
		return w.truncated(s, n)
	}
	w.add(s, n, s.end)
	w.setNoPorts(NotIP)
	return step{}
}

// ARP is a view of an ARP header of at least 8 bytes.
type ARP []byte

// Opcode returns 1 for a request, 2 for a reply.
func (h ARP) Opcode() uint16 { return arpOp.U16(h) }

// Addrs returns the sender's and the target's protocol address. An address is nil if the header
// does not hold it.
func (h ARP) Addrs() (sender, target []byte) {
	if len(h) < arpMinLen {
		return nil, nil
	}
	hl, pl := int(arpHLen.U8(h)), int(arpPLen.U8(h))
	if len(h) < arpMinLen+2*(hl+pl) {
		return nil, nil
	}
	return h[arpMinLen+hl : arpMinLen+hl+pl], h[arpMinLen+2*hl+pl : arpMinLen+2*(hl+pl)]
}
