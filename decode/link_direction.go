package decode

// Link types whose frames begin with one byte for the direction, zero for received. Another
// link header follows.
var (
	dirPPPProto   = directed("ppp_dir", "PPP with direction", "LINKTYPE_PPP_WITH_DIR")
	dirCHDLCProto = directed("chdlc_dir", "Cisco HDLC with direction", "LINKTYPE_C_HDLC_WITH_DIR")
	dirFRProto    = directed("fr_dir", "Frame Relay with direction", "LINKTYPE_FRELAY_WITH_DIR")
)

func directed(key, name, ref string) Protocol {
	return Protocol{Key: key, Name: name, Ref: ref, walk: walkDirected, none: NotIP, Fields: []Spec{
		{Key: "frame.p2p_dir", Name: "Direction", Bits: 0<<8 | 8, Ref: ref,
			Doc: "0: received by the capturing host; otherwise sent by it."},
	}}
}

func walkDirected(w *walker, s step) step {
	if w.header(s, 1) == nil {
		return step{}
	}
	next := IDPPP
	switch s.id {
	case IDDirCHDLC:
		next = IDCHDLC
	case IDDirFR:
		next = IDFrameRelay
	}
	return step{next, s.at + 1, s.end}
}
