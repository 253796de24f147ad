package decode

// Classical IP over ATM, RFC 2225: LLC and SNAP, or IP alone.
var clipProto = Protocol{Key: "clip", Name: "Classical IP over ATM", Ref: "RFC 2225",
	walk: walkCLIP, none: NotIP}

// walkCLIP looks for the LLC and SNAP header that RFC 2225 requires. Linux captures may lack it.
func walkCLIP(w *walker, s step) step {
	if h := w.visible(s); len(h) > 0 && h[0] == llcSNAP {
		return step{IDLLC, s.at, s.end}
	}
	return step{IDRaw, s.at, s.end}
}
