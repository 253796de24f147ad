package decode

// IPv4 options are a type byte and, except for the first two, a length byte that counts both (RFC
// 791 section 3.1).
const (
	ipOptEnd = 0
	ipOptNop = 1
)

var (
	ipOptType = Spec{Key: "ip.opt.type", Name: "Option Type", Short: "Opt", Bits: 0<<8 | 8,
		Ref: "RFC 791 3.1", Doc: "The option; if its first bit is set, fragments copy it.",
		Mean: ipOptName}
	ipOptLen = Spec{Key: "ip.opt.len", Name: "Option Length", Short: "Len", Bits: 8<<8 | 8,
		Ref: "RFC 791 3.1", Doc: "The option's length in bytes, type and length included."}
	ipOptData = Spec{Key: "ip.opt.data", Name: "Option Data", Short: "Data", Show: ShowBytes,
		Ref: "RFC 791 3.1", Doc: "The option's data."}
	ipOptPad = Spec{Key: "ip.opt.padding", Name: "Padding", Show: ShowRsv, Ref: "RFC 791 3.1",
		Doc: "Fills the header up to a multiple of four bytes."}
)

func ipOptName(v uint64) string {
	switch v {
	case ipOptEnd:
		return "End of Options"
	case ipOptNop:
		return "No Operation"
	case 7:
		return "Record Route"
	case 68:
		return "Timestamp"
	case 130:
		return "Security"
	case 131:
		return "Loose Source Route"
	case 134:
		return "CIPSO"
	case 136:
		return "Stream ID"
	case 137:
		return "Strict Source Route"
	case 148:
		return "Router Alert"
	}
	return ""
}

func ipv4Options(f *fieldList) {
	f.options(ipv4MinLen, &ipOptType, &ipOptLen, &ipOptData,
		&ipOptPad)
}

// options formats a list of type, length and data, such as the options of IPv4 and TCP. Types 0 and
// 1 are single bytes.
func (f *fieldList) options(base int, kind, length, data, pad *Spec) {
	h := f.bytes()
	for base < f.end-f.at {
		f.spec(kind, base)
		if base >= len(h) {
			f.rest(pad, base+1)
			return
		}
		if h[base] == ipOptEnd {
			f.rest(pad, base+1)
			return
		}
		if h[base] == ipOptNop {
			base++
			continue
		}
		f.spec(length, base)
		if base+1 >= len(h) || h[base+1] < 2 || base+int(h[base+1]) > f.end-f.at {
			f.rest(data, base+2)
			return
		}
		n := int(h[base+1])
		f.wide(data, 8*(base+2), 8*(n-2))
		base += n
	}
}
