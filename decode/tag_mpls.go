package decode

// MPLS label stack entry fields, RFC 3032 section 2.1. The stack does not announce the header after
// its bottom.
const (
	mplsLen = 4

	mplsLabel Bits = 0<<8 | 20
	mplsTC    Bits = 20<<8 | 3
	mplsS     Bits = 23<<8 | 1
	mplsTTL   Bits = 24<<8 | 8

	mplsGAL      = 13 // an associated channel header follows, RFC 5586 section 4.2
	mplsOAMAlert = 14 // a maintenance message follows, RFC 3429
)

var mplsProto = Protocol{
	Key: "mpls", Name: "MPLS label stack entry", Ref: "RFC 3032", walk: walkMPLS, none: NotIP,
	Fields: []Spec{
		{Key: "mpls.label", Name: "Label", Bits: mplsLabel, Ref: "RFC 3032 2.1",
			Doc:  "The path that the packet takes; values below 16 have a special purpose.",
			Mean: mplsLabelName},
		{Key: "mpls.exp", Name: "Traffic Class", Short: "TC", Bits: mplsTC, Ref: "RFC 5462",
			Doc: "Priority and congestion marks."},
		{Key: "mpls.bottom", Name: "Bottom of Stack", Short: "S", Bits: mplsS, Show: ShowFlag,
			Ref: "RFC 3032 2.1", Doc: "Set in the last label; the payload follows."},
		{Key: "mpls.ttl", Name: "Time to Live", Short: "TTL", Bits: mplsTTL, Ref: "RFC 3032 2.4",
			Doc: "How many more routers may forward the packet."},
	},
}

func walkMPLS(w *walker, s step) step {
	h := w.header(s, mplsLen)
	if h == nil {
		return step{}
	}
	at := s.at + mplsLen
	if mplsS.Word(h) == 0 {
		return step{IDMPLS, at, s.end}
	}
	switch mplsLabel.Word(h) {
	case mplsGAL:
		return step{IDPWACH, at, s.end}
	case mplsOAMAlert:
		return w.notIP()
	}
	return w.belowMPLS(at, s.end)
}

// mplsLabelName names the special-purpose labels.
func mplsLabelName(v uint64) string {
	switch v {
	case 0:
		return "IPv4 Explicit NULL"
	case 1:
		return "Router Alert"
	case 2:
		return "IPv6 Explicit NULL"
	case 3:
		return "Implicit NULL"
	case 7:
		return "Entropy Label Indicator"
	case mplsGAL:
		return "Generic Associated Channel Label"
	case mplsOAMAlert:
		return "OAM Alert Label"
	case 15:
		return "Extension Label"
	}
	return ""
}

// belowMPLS guesses the payload from its first four bits, as routers do (RFC 4928). 4 and 6 are IP.
// 1 is a pseudowire's associated channel. 0 is a pseudowire's control word before an Ethernet
// frame, but the frame may also come without a control word.
func (w *walker) belowMPLS(at, end int) step {
	v := w.visible(step{at: at, end: end})
	if len(v) == 0 {
		w.setNoPorts(NotIP)
		return step{}
	}
	switch v[0] >> 4 {
	case 4:
		return step{IDIPv4, at, end}
	case 6:
		return step{IDIPv6, at, end}
	case 1:
		return step{IDPWACH, at, end}
	case 0:
		if len(v) > pwLen && likeKnownEthernet(v[pwLen:]) {
			return step{IDPWCW, at, end}
		}
	}
	if likeKnownEthernet(v) {
		return step{IDEthernet, at, end}
	}
	w.setNoPorts(NotIP)
	return step{}
}

// isMPLS requires a stack with a bottom and an IP header below it.
func isMPLS(h []byte, _ int) bool {
	for n := 0; n+mplsLen <= len(h); n += mplsLen {
		if mplsS.Word(h[n:]) == 1 {
			return likeIP(h[n+mplsLen:]) != IDNone
		}
	}
	return false
}
