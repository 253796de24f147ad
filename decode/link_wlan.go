package decode

// IEEE 802.11 MAC header fields. Numbers of two bytes are sent least significant byte first. The
// frame control field determines the length of the header (IEEE 802.11 section 9.3).
const (
	wlanMinLen  = 10 // frame control, duration and one address: an acknowledgment
	wlanDataLen = 24
	wlanMACLen  = 6

	wlanSubtype   Bits = 0<<8 | 4
	wlanType      Bits = 4<<8 | 2
	wlanVersion   Bits = 6<<8 | 2
	wlanOrder     Bits = 8<<8 | 1
	wlanProtected Bits = 9<<8 | 1
	wlanMoreData  Bits = 10<<8 | 1
	wlanPower     Bits = 11<<8 | 1
	wlanRetry     Bits = 12<<8 | 1
	wlanMoreFrag  Bits = 13<<8 | 1
	wlanFromDS    Bits = 14<<8 | 1
	wlanToDS      Bits = 15<<8 | 1
	wlanDuration  Bits = 16<<8 | 16
	wlanAddr1     Bits = 32<<8 | 48

	wlanTypeData = 2
	wlanDataByte = 8 // version 0 and type 2 in the first byte
	wlanQoSBit   = 8 // of a data frame's subtype: a QoS field follows
	wlanNullBit  = 4 // of a data frame's subtype: there is no data
	amsduBit     = 0x80

	wlanFlagFromDS = 0x02 // second byte of the frame control field
	wlanQoSMesh    = 0x01 // second byte of the QoS field: Mesh Control Present
)

// wlanSwappedProto is the header that some of Cisco's access points send inside CAPWAP. The two
// bytes of the frame control field are swapped, and so are those of the sequence control field.
var wlanSwappedProto = Protocol{
	Key: "wlan", Name: "IEEE 802.11 wireless LAN, bytes swapped", Ref: "IEEE 802.11",
	walk: walkWLAN, none: NotIP, more: wlanRest,
	Fields: swapFirstBytes(wlanProto.Fields),
}

// swapFirstBytes returns a table with the rows of the second byte before those of the first.
func swapFirstBytes(rows []Spec) []Spec {
	var out [2][]Spec
	var rest []Spec
	for _, r := range rows {
		switch i := r.First() / 8; i {
		case 0, 1:
			r.Bits ^= 8 << 8 // flipping bit 3 of the first bit's number swaps the two bytes
			out[1-i] = append(out[1-i], r)
		default:
			rest = append(rest, r)
		}
	}
	return append(append(out[0], out[1]...), rest...)
}

// wlanControl returns the two bytes of the frame control field. The first has the version, type and
// subtype, the second the flags.
func wlanControl(id ProtocolID, h []byte) (fc, flags byte) {
	if id == IDWLANSwapped {
		return h[1], h[0]
	}
	return h[0], h[1]
}

var wlanProto = Protocol{
	Key: "wlan", Name: "IEEE 802.11 wireless LAN", Ref: "IEEE 802.11", walk: walkWLAN, none: NotIP,
	more: wlanRest,
	Fields: []Spec{
		{Key: "wlan.fc.subtype", Name: "Subtype", Bits: wlanSubtype, Ref: "IEEE 802.11 9.2.4.1.3",
			Doc: "The kind of frame within its type; 8 is QoS data."},
		{Key: "wlan.fc.type", Name: "Type", Bits: wlanType, Ref: "IEEE 802.11 9.2.4.1.3",
			Doc: "Management, control or data: only data frames carry IP.", Mean: wlanTypeName},
		{Key: "wlan.fc.version", Name: "Protocol Version", Short: "Ver", Bits: wlanVersion,
			Ref: "IEEE 802.11 9.2.4.1.2", Doc: "Zero."},
		{Key: "wlan.fc.order", Name: "+HTC", Short: "H", Bits: wlanOrder, Show: ShowFlag,
			Ref: "IEEE 802.11 9.2.4.1.10",
			Doc: "In a QoS frame: an HT Control field ends the header."},
		{Key: "wlan.fc.protected", Name: "Protected Frame", Short: "P", Bits: wlanProtected,
			Show: ShowFlag, Ref: "IEEE 802.11 9.2.4.1.9",
			Doc: "The body is encrypted, including the ports."},
		{Key: "wlan.fc.moredata", Name: "More Data", Short: "D", Bits: wlanMoreData, Show: ShowFlag,
			Ref: "IEEE 802.11 9.2.4.1.8",
			Doc: "The access point holds more frames for a sleeping station."},
		{Key: "wlan.fc.pwrmgt", Name: "Power Management", Short: "S", Bits: wlanPower,
			Show: ShowFlag, Ref: "IEEE 802.11 9.2.4.1.7",
			Doc: "The station sleeps after this frame."},
		{Key: "wlan.fc.retry", Name: "Retry", Short: "R", Bits: wlanRetry, Show: ShowFlag,
			Ref: "IEEE 802.11 9.2.4.1.6", Doc: "The frame is a retransmission."},
		{Key: "wlan.fc.frag", Name: "More Fragments", Short: "M", Bits: wlanMoreFrag,
			Show: ShowFlag, Ref: "IEEE 802.11 9.2.4.1.5",
			Doc: "More radio fragments of this frame follow."},
		{Key: "wlan.fc.fromds", Name: "From DS", Short: "F", Bits: wlanFromDS, Show: ShowFlag,
			Ref: "IEEE 802.11 9.2.4.1.4", Doc: "The frame comes from the access point."},
		{Key: "wlan.fc.tods", Name: "To DS", Short: "T", Bits: wlanToDS, Show: ShowFlag,
			Ref: "IEEE 802.11 9.2.4.1.4", Doc: "The frame goes to the access point, which " +
				"forwards it."},
		{Key: "wlan.duration", Name: "Duration/ID", Short: "Duration", Bits: wlanDuration,
			Show: ShowLE, Ref: "IEEE 802.11 9.2.4.2",
			Doc: "The duration of the exchange in microseconds, or a station's number."},
		{Key: "wlan.ra", Name: "Address 1", Bits: wlanAddr1, Show: ShowMAC,
			Ref: "IEEE 802.11 9.2.4.3",
			Doc: "The station that is to receive the frame over the air."},
	},
}

var (
	wlanAddr2 = Spec{Key: "wlan.ta", Name: "Address 2", Bits: 0<<8 | 48, Show: ShowMAC,
		Ref: "IEEE 802.11 9.2.4.3", Doc: "The station that sent the frame over the air."}
	wlanAddr3 = Spec{Key: "wlan.addr3", Name: "Address 3", Bits: 0<<8 | 48, Show: ShowMAC,
		Ref: "IEEE 802.11 9.2.4.3",
		Doc: "The first sender, the last receiver or the network, depending on To DS and From DS."}
	wlanSeq = Spec{Key: "wlan.seq_ctl", Name: "Sequence Control", Short: "Sequence",
		Bits: 0<<8 | 16, Show: ShowLE, Ref: "IEEE 802.11 9.2.4.4",
		Doc: "The fragment's number in its lowest four bits, the frame's above."}
	wlanSeqBE = Spec{Key: "wlan.seq_ctl", Name: "Sequence Control", Short: "Sequence",
		Bits: 0<<8 | 16, Show: ShowHex, Ref: "IEEE 802.11 9.2.4.4",
		Doc: "The fragment's number in its lowest four bits, the frame's above; here most " +
			"significant byte first."}
	wlanAddr4 = Spec{Key: "wlan.sa", Name: "Address 4", Bits: 0<<8 | 48, Show: ShowMAC,
		Ref: "IEEE 802.11 9.2.4.3",
		Doc: "The first sender, if one access point relays to another."}
	wlanQoS = Spec{Key: "wlan.qos", Name: "QoS Control", Short: "QoS", Bits: 0<<8 | 16,
		Show: ShowLE, Ref: "IEEE 802.11 9.2.4.5",
		Doc: "The traffic class; if bit 7 is set, the body is an A-MSDU."}
	wlanHTC = Spec{Key: "wlan.htc", Name: "HT Control", Bits: 0<<8 | 32, Show: ShowLE,
		Ref: "IEEE 802.11 9.2.4.6", Doc: "Settings of the radio link."}
	wlanPad = Spec{Key: "wlan.padding", Name: "Padding", Show: ShowBytes, Ref: "radiotap, Flags",
		Doc: "Padding of the capturing driver that aligns the body."}
)

func wlanTypeName(v uint64) string {
	return [4]string{"Management", "Control", "Data", "Extension"}[v&3]
}

// A wlanShape describes the optional parts of a header.
type wlanShape struct {
	n                  int // whole length in bytes
	long, four, qos, c bool
}

// wlanLayout reads the frame control field. Control frames have one or two addresses. All others
// have three or four.
func wlanLayout(fc, flags byte) wlanShape {
	sub, data := fc>>4, fc>>2&3 == wlanTypeData
	if fc>>2&3 == 1 {
		if sub == 12 || sub == 13 { // clear to send, acknowledgment
			return wlanShape{n: wlanMinLen}
		}
		return wlanShape{n: wlanMinLen + wlanMACLen}
	}
	l := wlanShape{n: wlanDataLen, long: true, four: data && flags&3 == 3, qos: data &&
		sub&wlanQoSBit != 0}
	l.c = flags&0x80 != 0 && (l.qos || !data)
	return l.grown()
}

func (l wlanShape) grown() wlanShape {
	if l.four {
		l.n += wlanMACLen
	}
	if l.qos {
		l.n += 2
	}
	if l.c {
		l.n += 4
	}
	return l
}

func wlanRest(f *fieldList) {
	h := f.bytes()
	if len(h) < 2 {
		return
	}
	at := wlanMinLen
	l := wlanLayout(wlanControl(f.layer.ID, h))
	seq := &wlanSeq
	if f.layer.ID == IDWLANSwapped {
		seq = &wlanSeqBE
	}
	for _, part := range []struct {
		has bool
		s   *Spec
	}{{true, &wlanAddr2}, {l.long, &wlanAddr3}, {l.long, seq}, {l.four, &wlanAddr4},
		{l.qos, &wlanQoS}, {l.c, &wlanHTC}} {
		if part.has {
			f.spec(part.s, at)
			at += part.s.Width() / 8
		}
	}
	f.rest(&wlanPad, at)
}

// wlanFragment returns the number of a data frame's radio fragment, from the sequence control
// field.
func wlanFragment(id ProtocolID, h []byte) byte {
	if id == IDWLANSwapped {
		return h[23] & 0x0f
	}
	return h[22] & 0x0f
}

func walkWLAN(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < 2 {
		return w.truncated(s, wlanMinLen)
	}
	fc, flags := wlanControl(s.id, h)
	l := wlanLayout(fc, flags)
	n := l.n
	if w.wlanPadded() {
		n = (n + 3) &^ 3
	}
	if h = w.header(s, n); h == nil {
		return step{}
	}
	switch {
	case fc>>2&3 != wlanTypeData || fc>>4&wlanNullBit != 0:
		w.setNoPorts(NotIP)
		return step{}
	case flags&0x40 != 0:
		w.setNoPorts(Encrypted)
		return step{}
	case wlanFragment(s.id, h) != 0: // a later radio fragment begins in the middle of the packet
		w.setNoPorts(LaterFragment)
		return step{}
	}
	at := s.at + n
	if l.qos && wlanHasMesh(flags, h[l.n-2-4*int(b2u(l.c)):], h[n:]) {
		return step{IDWLANMesh, at, s.end}
	}
	if l.qos && h[l.n-2-4*int(b2u(l.c))]&amsduBit != 0 {
		return step{IDAMSDU, at, s.end}
	}
	return step{IDLLC, at, s.end}
}

// wlanHasMesh reports whether a Mesh Control field begins the body. This requires a frame between
// mesh stations (From DS is set), the QoS field's Mesh Control bit, and no reserved flags. In other
// networks the bit has another meaning, and bodies begin with 0xaa.
func wlanHasMesh(flags byte, qos, body []byte) bool {
	return flags&wlanFlagFromDS != 0 && qos[1]&wlanQoSMesh != 0 && len(body) > 0 && body[0] < 3
}
