package decode

// B.A.T.M.A.N. advanced, Linux's mesh protocol (batman-adv, packet formats 14 and 15). Unicast and
// broadcast packets contain a frame.
const (
	batUnicastLen   = 10
	batBroadcastLen = 14
	batUnicast4Len  = 18
	batMinLen       = 4
	batRef          = "batman-adv"
)

var batmanProto = Protocol{
	Key: "batadv", Name: "B.A.T.M.A.N. advanced", Ref: batRef, walk: walkBatman, none: NotIP,
	more: batRest,
	Fields: []Spec{
		{Key: "batadv.packet_type", Name: "Packet Type", Short: "Type", Bits: 0<<8 | 8,
			Show: ShowHex, Ref: batRef,
			Doc: "The packet type; its numbers depend on the version."},
		{Key: "batadv.version", Name: "Version", Short: "Ver", Bits: 8<<8 | 8, Ref: batRef,
			Doc: "14 or 15."},
		{Key: "batadv.ttl", Name: "Time to Live", Short: "TTL", Bits: 16<<8 | 8, Ref: batRef,
			Doc: "How many more stations may forward the packet."},
		{Key: "batadv.ttvn", Name: "Translation Table Version", Short: "TTVN", Bits: 24<<8 | 8,
			Ref: batRef, Doc: "How fresh the sender's table is; reserved in a broadcast."},
	},
}

var (
	batDst = Spec{Key: "batadv.unicast.dst", Name: "Destination", Bits: 0<<8 | 48, Show: ShowMAC,
		Ref: batRef, Doc: "The station of the mesh that the packet is for."}
	batDst4 = Spec{Key: "batadv.unicast_4addr.dst", Name: "Destination", Bits: 0<<8 | 48,
		Show: ShowMAC, Ref: batRef, Doc: "The station of the mesh that the packet is for."}
	batSrc = Spec{Key: "batadv.unicast_4addr.src", Name: "Source", Bits: 0<<8 | 48,
		Show: ShowMAC, Ref: batRef, Doc: "The station of the mesh that sent the packet."}
	batSub = Spec{Key: "batadv.unicast_4addr.subtype", Name: "Subtype", Bits: 0<<8 | 8,
		Show: ShowHex, Ref: batRef, Doc: "Why the packet was sent this way."}
	batRsv = Spec{Key: "batadv.unicast_4addr.reserved", Name: "Reserved", Bits: 0<<8 | 8,
		Show: ShowRsv, Ref: batRef, Doc: "Zero."}
	batSeq = Spec{Key: "batadv.bcast.seq", Name: "Sequence number", Short: "Sequence",
		Bits: 0<<8 | 32, Ref: batRef, Doc: "The same in all copies of a broadcast."}
	batOrigin = Spec{Key: "batadv.bcast.orig", Name: "Originator", Bits: 0<<8 | 48, Show: ShowMAC,
		Ref: batRef, Doc: "The station of the mesh that sent the broadcast."}
)

func batRest(f *fieldList) {
	switch f.end - f.at {
	case batUnicastLen:
		f.spec(&batDst, batMinLen)
	case batBroadcastLen:
		f.spec(&batSeq, batMinLen)
		f.spec(&batOrigin, batMinLen+4)
	case batUnicast4Len:
		f.spec(&batDst4, batMinLen)
		f.spec(&batSrc, batMinLen+6)
		f.spec(&batSub, batMinLen+12)
		f.spec(&batRsv, batMinLen+13)
	}
}

// batHeaderLen returns the length of a header before a frame, 0 for other packets.
func batHeaderLen(version, typ byte) int {
	switch {
	case version == 15 && typ == 0x40, version == 14 && typ == 0x03:
		return batUnicastLen
	case version == 15 && typ == 0x42, version == 14 && typ == 0x09:
		return batUnicast4Len
	case version == 15 && typ == 0x01, version == 14 && typ == 0x04:
		return batBroadcastLen
	}
	return 0
}

func walkBatman(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < batMinLen {
		return w.truncated(s, batMinLen)
	}
	n := batHeaderLen(h[1], h[0])
	if n == 0 {
		w.add(s, batMinLen, s.end)
		return w.notIP()
	}
	if w.header(s, n) == nil {
		return step{}
	}
	return step{IDEthernet, s.at + n, s.end}
}
