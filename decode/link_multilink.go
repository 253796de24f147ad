package decode

// PPP multilink, RFC 1990 section 3: packets in fragments.
const (
	mpLen    = 4
	mpBegins = 0x80 // bit of the first byte: begins a packet
)

var mpProto = Protocol{
	Key: "mp", Name: "PPP Multilink", Ref: "RFC 1990 3", walk: walkMP, none: NotIP,
	Fields: []Spec{
		{Key: "mp.first", Name: "Beginning", Short: "B", Bits: 0<<8 | 1, Show: ShowFlag,
			Ref: "RFC 1990 3", Doc: "The piece begins a packet."},
		{Key: "mp.last", Name: "Ending", Short: "E", Bits: 1<<8 | 1, Show: ShowFlag,
			Ref: "RFC 1990 3", Doc: "The piece ends a packet."},
		{Key: "mp.reserved", Name: "Class and reserved", Short: "Rsv", Bits: 2<<8 | 6,
			Show: ShowRsv, Ref: "RFC 1990 3", Doc: "Sent as zero, or the class of RFC 2686."},
		{Key: "mp.seq", Name: "Sequence Number", Short: "Sequence", Bits: 8<<8 | 24,
			Ref: "RFC 1990 3", Doc: "Counts the pieces."},
	},
}

// walkMP continues inside a fragment that begins a packet. Other fragments have no header to
// decode.
func walkMP(w *walker, s step) step {
	h := w.header(s, mpLen)
	if h == nil {
		return step{}
	}
	if h[0]&mpBegins == 0 {
		w.setNoPorts(LaterFragment)
		return step{}
	}
	return step{IDPPP, s.at + mpLen, s.end}
}
