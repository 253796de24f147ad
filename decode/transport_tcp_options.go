package decode

// TCP options are a kind byte and, except for kinds 0 and 1, a length byte that counts both (RFC
// 9293 section 3.1).
var (
	tcpOptKind = Spec{Key: "tcp.option_kind", Name: "Option Kind", Short: "Kind", Bits: 0<<8 | 8,
		Ref: "RFC 9293 3.1", Doc: "The kind of option.", Mean: tcpOptName}
	tcpOptLen = Spec{Key: "tcp.option_len", Name: "Option Length", Short: "Len", Bits: 8<<8 | 8,
		Ref: "RFC 9293 3.1", Doc: "The option's length in bytes, kind and length included."}
	tcpOptData = Spec{Key: "tcp.options.data", Name: "Option Data", Short: "Data", Show: ShowBytes,
		Ref: "RFC 9293 3.1", Doc: "The option's data."}
	tcpOptPad = Spec{Key: "tcp.options.padding", Name: "Padding", Show: ShowRsv,
		Ref: "RFC 9293 3.1", Doc: "Fills the header up to a multiple of four bytes."}
)

// The data of common options, by kind and data length.
var (
	tcpOptMSS = Spec{Key: "tcp.options.mss_val", Name: "Maximum Segment Size", Short: "MSS",
		Bits: 16<<8 | 16, Ref: "RFC 9293 3.7.1",
		Doc: "The largest payload that the sender of this SYN is ready to receive, in bytes."}
	tcpOptWScale = Spec{Key: "tcp.options.wscale.shift", Name: "Window Scale", Short: "Shift",
		Bits: 16<<8 | 8, Ref: "RFC 7323 2.2", Doc: "The window is multiplied by two to this power."}
	tcpOptTSVal = Spec{Key: "tcp.options.timestamp.tsval", Name: "Timestamp Value", Short: "TSval",
		Bits: 16<<8 | 32, Ref: "RFC 7323 3.2", Doc: "The sender's clock, in its own units."}
	tcpOptTSEcr = Spec{Key: "tcp.options.timestamp.tsecr", Name: "Timestamp Echo Reply",
		Short: "TSecr", Bits: 48<<8 | 32, Ref: "RFC 7323 3.2",
		Doc: "The peer's timestamp that this answers."}
	tcpOptLeft = Spec{Key: "tcp.options.sack_le", Name: "SACK Left Edge", Short: "Left",
		Bits: 0<<8 | 32, Ref: "RFC 2018 3",
		Doc: "First sequence number of a block that arrived out of order."}
	tcpOptRight = Spec{Key: "tcp.options.sack_re", Name: "SACK Right Edge", Short: "Right",
		Bits: 32<<8 | 32, Ref: "RFC 2018 3", Doc: "The sequence number just after that block."}
)

const (
	tcpKindEnd    = 0
	tcpKindNop    = 1
	tcpKindMSS    = 2
	tcpKindWScale = 3
	tcpKindSACK   = 5
	tcpKindTS     = 8
)

func tcpOptName(v uint64) string {
	switch v {
	case tcpKindEnd:
		return "End of Option List"
	case tcpKindNop:
		return "No-Operation"
	case tcpKindMSS:
		return "Maximum Segment Size"
	case tcpKindWScale:
		return "Window Scale"
	case 4:
		return "SACK Permitted"
	case tcpKindSACK:
		return "SACK"
	case tcpKindTS:
		return "Timestamps"
	case 19:
		return "MD5 Signature"
	case 28:
		return "User Timeout"
	case 29:
		return "TCP-AO"
	case 30:
		return "Multipath TCP"
	case 34:
		return "Fast Open"
	case 69:
		return "Encryption Negotiation"
	case 172, 174:
		return "Accurate ECN"
	case 253, 254:
		return "Experimental"
	}
	return ""
}

func tcpOptions(f *fieldList) {
	h := f.bytes()
	for base := TCPMinLen; base < f.end-f.at; {
		f.spec(&tcpOptKind, base)
		if base >= len(h) || h[base] == tcpKindEnd {
			f.rest(&tcpOptPad, base+1)
			return
		}
		if h[base] == tcpKindNop {
			base++
			continue
		}
		f.spec(&tcpOptLen, base)
		if base+1 >= len(h) || h[base+1] < 2 || base+int(h[base+1]) > f.end-f.at {
			f.rest(&tcpOptData, base+2)
			return
		}
		n := int(h[base+1])
		f.tcpOptionData(h[base], base, n)
		base += n
	}
}

// tcpOptionData formats the data of the option of n bytes at base.
func (f *fieldList) tcpOptionData(kind uint8, base, n int) {
	switch {
	case kind == tcpKindMSS && n == 4:
		f.spec(&tcpOptMSS, base)
	case kind == tcpKindWScale && n == 3:
		f.spec(&tcpOptWScale, base)
	case kind == tcpKindTS && n == 10:
		f.spec(&tcpOptTSVal, base)
		f.spec(&tcpOptTSEcr, base)
	case kind == tcpKindSACK && n%8 == 2:
		for at := base + 2; at < base+n; at += 8 {
			f.spec(&tcpOptLeft, at)
			f.spec(&tcpOptRight, at)
		}
	default:
		f.wide(&tcpOptData, 8*(base+2), 8*(n-2))
	}
}
