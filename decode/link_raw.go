package decode

// LINKTYPE_RAW: IPv4 or IPv6 without a link header.
var rawProto = Protocol{Key: "raw", Name: "raw IP", Ref: "LINKTYPE_RAW", walk: walkRaw, none: NotIP}

// walkRaw selects the header by the version in the first four bits.
func walkRaw(w *walker, s step) step {
	h := w.visible(s)
	if len(h) == 0 {
		w.stopShort(s, 1, 0)
		return step{}
	}
	switch h[0] >> 4 {
	case 4:
		return step{IDIPv4, s.at, s.end}
	case 6:
		return step{IDIPv6, s.at, s.end}
	}
	return w.malformed(s, ErrVersion)
}
