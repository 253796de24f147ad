package decode

// A UDP port does not prove what is inside, and some headers do not announce the next header. These
// checks look at the bytes and reject those that cannot be the header. h are the visible bytes. n
// is their number according to the enclosing headers.

// likeInner reports whether h can begin with the header id. It rejects a header that has no check.
func likeInner(id ProtocolID, h []byte, n int) bool {
	if is := innerCheck(id); is != nil {
		return is(h, n)
	}
	return false
}

// innerCheck returns the check for a header, or nil.
func innerCheck(id ProtocolID) func(h []byte, n int) bool {
	switch id {
	case IDIPv4:
		return func(h []byte, _ int) bool { return likeIP(h) == IDIPv4 }
	case IDIPv6:
		return func(h []byte, _ int) bool { return likeIP(h) == IDIPv6 }
	case IDEthernet:
		return likeEthernet
	case IDAYIYA:
		return isAYIYA
	case IDCAPWAP:
		return isCAPWAP
	case IDESP:
		return isESP
	case IDGeneve:
		return isGeneve
	case IDGRE:
		return isGRE
	case IDGTP:
		return isGTP
	case IDGTP0:
		return isGTP0
	case IDL2TP:
		return isL2TP
	case IDLISP:
		return isLISP
	case IDLISPControl:
		return isLISPControl
	case IDMPLS:
		return isMPLS
	case IDNSH:
		return isNSH
	case IDSCTP:
		return isSCTP
	case IDSFlow:
		return isSFlow
	case IDTeredo:
		return isTeredo
	case IDTZSP:
		return isTZSP
	case IDVXLAN:
		return isVXLAN
	case IDVXLANGPE:
		return isVXLANGPE
	}
	return nil
}

// likeIP returns IDIPv4 or IDIPv6 if h can begin with such a header, else IDNone.
func likeIP(h []byte) ProtocolID {
	switch {
	case len(h) >= ipv4MinLen && h[0]>>4 == 4:
		if n, total := 4*int(ipv4IHL.Word(h)), int(ipv4TotalLen.U16(h)); n >= ipv4MinLen &&
			(total == 0 || total >= n) {
			return IDIPv4
		}
	case len(h) >= ipv6Len && h[0]>>4 == 6:
		return IDIPv6
	}
	return IDNone
}

// likeEthernet reports whether h can begin with an Ethernet header: its type field is an EtherType
// or a possible length.
func likeEthernet(h []byte, n int) bool {
	if len(h) < EthernetLen {
		return false
	}
	t := Ethernet(h).Type()
	return t >= minEtherType || int(t) <= n-EthernetLen && t <= maxLLCLength
}

// likeKnownEthernet is likeEthernet for bytes that no header announces: the EtherType must have a
// decoder here.
func likeKnownEthernet(h []byte) bool {
	return len(h) >= EthernetLen && etherTypes[Ethernet(h).Type()] != IDNone
}
