package decode

// Subnetwork Access Protocol, RFC 1042: an organization code and a protocol number after LLC.
const (
	snapLen = 5

	snapOUI Bits = 0<<8 | 24
	snapPID Bits = 24<<8 | 16

	ouiEtherType = 0x000000
	ouiCisco90   = 0x0000f8 // Cisco's for bridged tunnels: same types as RFC 1042
	ouiBridge    = 0x0080c2 // RFC 2684: bridged frames
)

var snapProto = Protocol{
	Key: "snap", Name: "Subnetwork Access Protocol", Ref: "RFC 1042", walk: walkSNAP, none: NotIP,
	Fields: []Spec{
		{Key: "llc.oui", Name: "Organization Code", Short: "OUI", Bits: snapOUI, Show: ShowHex,
			Ref: "RFC 1042", Doc: "The organization that assigned the type: 0 means an EtherType."},
		{Key: "llc.type", Name: "Protocol ID", Short: "Type", Bits: snapPID, Show: ShowHex,
			Role: NextEtherType, Ref: "RFC 1042", Doc: "The protocol that follows.",
			Mean: etherTypeName},
	},
}

func walkSNAP(w *walker, s step) step {
	h := w.header(s, snapLen)
	if h == nil {
		return step{}
	}
	at := s.at + snapLen
	oui, _ := snapOUI.Uint(h)
	switch pid := snapPID.U16(h); {
	case oui == ouiEtherType || oui == ouiCisco90:
		return w.byEtherType(max(pid, maxLLCLength+1), at, s.end)
	case oui == ouiBridge && (pid == 1 || pid == 7):
		// Ethernet with or without its checksum, after two bytes of padding
		return step{IDEthernet, at, s.end}
	}
	w.setNoPorts(NotIP)
	return step{}
}
