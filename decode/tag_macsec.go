package decode

// MACsec, IEEE 802.1AE section 9: a SecTAG after its EtherType, then data, then an integrity check
// value. The data is encrypted or plain.
const (
	macsecMinLen = 6
	macsecSCILen = 8
	macsecICVLen = 16

	macsecTypeLen = 2

	macsecEncrypted = 0x08 // bits of the first byte
	macsecChanged   = 0x04
)

const macsecRef = "IEEE 802.1AE 9.3"

var macsecProto = Protocol{
	Key: "macsec", Name: "MACsec", Ref: "IEEE 802.1AE", walk: walkMACsec, none: NotIP,
	Fields: []Spec{
		{Key: "macsec.TCI.V", Name: "Version", Short: "V", Bits: 0<<8 | 1, Show: ShowFlag,
			Ref: macsecRef, Doc: "Zero."},
		{Key: "macsec.TCI.ES", Name: "End Station", Short: "ES", Bits: 1<<8 | 1, Show: ShowFlag,
			Ref: macsecRef, Doc: "The channel's identifier is the source address."},
		{Key: "macsec.TCI.SC", Name: "Secure Channel", Short: "SC", Bits: 2<<8 | 1, Show: ShowFlag,
			Ref: macsecRef, Doc: "The channel's identifier is in the tag."},
		{Key: "macsec.TCI.SCB", Name: "Single Copy Broadcast", Short: "SCB", Bits: 3<<8 | 1,
			Show: ShowFlag, Ref: macsecRef, Doc: "For passive optical networks."},
		{Key: "macsec.TCI.E", Name: "Encryption", Short: "E", Bits: 4<<8 | 1, Show: ShowFlag,
			Ref: macsecRef, Doc: "The data is encrypted, including the ports."},
		{Key: "macsec.TCI.C", Name: "Changed Text", Short: "C", Bits: 5<<8 | 1, Show: ShowFlag,
			Ref: macsecRef, Doc: "The data differs from what the user sent."},
		{Key: "macsec.AN", Name: "Association Number", Short: "AN", Bits: 6<<8 | 2, Ref: macsecRef,
			Doc: "Which of the channel's keys is used."},
		{Key: "macsec.SL.reserved", Name: "Reserved", Bits: 8<<8 | 2, Show: ShowRsv, Ref: macsecRef,
			Doc: "Sent as zero."},
		{Key: "macsec.SL", Name: "Short Length", Short: "SL", Bits: 10<<8 | 6, Ref: macsecRef,
			Doc: "Length of the data in bytes if it is below 48, else 0."},
		{Key: "macsec.PN", Name: "Packet Number", Bits: 16<<8 | 32, Ref: macsecRef,
			Doc: "Increases with each packet, so that replays are detected."},
	},
	more: macsecRest,
}

var (
	macsecSCI = []Spec{
		{Key: "macsec.SCI.system_identifier", Name: "System Identifier", Short: "System",
			Bits: 0<<8 | 48, Show: ShowMAC, Ref: macsecRef,
			Doc: "The station that secured the frame."},
		{Key: "macsec.SCI.port_identifier", Name: "Port Identifier", Short: "Port ID",
			Bits: 48<<8 | 16, Ref: macsecRef,
			Doc: "The station's interface; it is not a TCP or UDP port."},
	}
	macsecType = Spec{Key: "macsec.etype", Name: "EtherType", Short: "Type", Bits: 0<<8 | 16,
		Show: ShowHex, Role: NextEtherType, Ref: "IEEE 802.1AE 9.10",
		Doc:  "The first two bytes of the data, not encrypted here: the protocol that follows.",
		Mean: etherTypeOrLength}
)

func macsecTagLen(h []byte) int { return macsecMinLen + macsecSCILen*int(h[0]>>5&1) }

func macsecRest(f *fieldList) {
	h := f.bytes()
	if len(h) == 0 {
		return
	}
	n := macsecTagLen(h)
	if n > macsecMinLen {
		f.group(macsecSCI, macsecMinLen)
	}
	f.spec(&macsecType, n)
}

// walkMACsec continues with data that is not encrypted. It begins with an EtherType and ends before
// the integrity check value.
func walkMACsec(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < macsecMinLen {
		return w.truncated(s, macsecMinLen)
	}
	n := macsecTagLen(h)
	if h[0]&(macsecEncrypted|macsecChanged) != 0 {
		if w.header(s, n) != nil {
			w.setNoPorts(Encrypted)
		}
		return step{}
	}
	// too short for a check value, or not even for the tag
	end := min(max(s.at+n, s.end-macsecICVLen), s.end)
	// padding may follow, or a check value of another length
	if sl := int(h[1] & 0x3f); sl > 0 {
		end = min(s.end, s.at+n+sl)
	}
	n += macsecTypeLen
	if w.header(step{s.id, s.at, end}, n) == nil {
		return step{}
	}
	return w.byEtherType(u16(h[n-macsecTypeLen:]), s.at+n, end)
}
