package decode

// amsduLen is the length of the header of an A-MSDU subframe, in bytes. An 802.11 frame can carry
// several of these subframes (IEEE 802.11 section 9.3.2.2).
const amsduLen = 14

var amsduProto = Protocol{
	Key: "wlan_aggregate", Name: "A-MSDU subframe", Ref: "IEEE 802.11 9.3.2.2", walk: walkAMSDU,
	none: NotIP,
	Fields: []Spec{
		{Key: "wlan_aggregate.da", Name: "Destination Address", Short: "Destination",
			Bits: 0<<8 | 48, Show: ShowMAC, Ref: "IEEE 802.11 9.3.2.2",
			Doc: "The station that the packet is for."},
		{Key: "wlan_aggregate.sa", Name: "Source Address", Short: "Source", Bits: 48<<8 | 48,
			Show: ShowMAC, Ref: "IEEE 802.11 9.3.2.2", Doc: "The station that sent the packet."},
		{Key: "wlan_aggregate.a_mdsu.length", Name: "Length", Bits: 96<<8 | 16,
			Ref: "IEEE 802.11 9.3.2.2",
			Doc: "Bytes of this subframe that follow; the next one begins at a multiple of four."},
	},
}

// walkAMSDU continues inside one subframe and defers the next one.
func walkAMSDU(w *walker, s step) step {
	h := w.header(s, amsduLen)
	if h == nil {
		return step{}
	}
	n := int(u16(h[12:]))
	at, end := s.at+amsduLen, s.end
	if at+n < end {
		end = at + n
		w.claim = ClaimHeader
		w.Layers[len(w.Layers)-1].End = end
		if next := s.at + (amsduLen+n+3)&^3; next+amsduLen <= s.end && n > 0 {
			w.pushBranch(step{IDAMSDU, next, s.end})
		}
	}
	return step{IDLLC, at, end}
}
