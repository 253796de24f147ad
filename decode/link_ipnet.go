package decode

// Solaris IPNET, LINKTYPE_IPNET.
const (
	ipnetLen   = 24
	ipnetInet6 = 26 // AF_INET6 on Solaris
)

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
	h := w.header(s, ipnetLen)
	if h == nil {
		return step{}
	}
	return w.byFamily(uint32(h[1]), s.at+ipnetLen, s.end)
}
