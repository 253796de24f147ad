package decode

// wlanMeshLen is the length of the Mesh Control field without addresses, in bytes. The field
// follows the MAC header of mesh frames (IEEE 802.11 section 9.2.4.8.3).
const wlanMeshLen = 6

var wlanMeshProto = Protocol{
	Key: "wlan_mesh", Name: "Mesh Control", Ref: "IEEE 802.11 9.2.4.8.3", walk: walkWLANMesh,
	none: NotIP,
	Fields: []Spec{
		{Key: "wlan.fixed.mesh_flags", Name: "Mesh Flags", Short: "Flags", Bits: 0<<8 | 8,
			Show: ShowHex, Ref: "IEEE 802.11 9.2.4.8.3",
			Doc: "How many addresses end this field: 0, 1 or 2."},
		{Key: "wlan.fixed.mesh_ttl", Name: "Mesh TTL", Short: "TTL", Bits: 8<<8 | 8, Show: ShowHex,
			Ref: "IEEE 802.11 9.2.4.8.3",
			Doc: "How many more mesh stations may forward the frame."},
		{Key: "wlan.fixed.mesh_sequence", Name: "Mesh Sequence Number", Short: "Sequence",
			Bits: 16<<8 | 32, Show: ShowLE, Ref: "IEEE 802.11 9.2.4.8.3",
			Doc: "The same in all copies of a frame; least significant byte first."},
	},
	more: func(f *fieldList) {
		h := f.bytes()
		switch {
		case len(h) > 0 && h[0] == 1:
			f.group(wlanMeshAddrs[:1], wlanMeshLen)
		case len(h) > 0 && h[0] == 2:
			f.group(wlanMeshAddrs[1:], wlanMeshLen)
		}
	},
}

var wlanMeshAddrs = []Spec{
	{Key: "wlan.fixed.mesh_addr4", Name: "Mesh Address 4", Bits: 0<<8 | 48, Show: ShowMAC,
		Ref: "IEEE 802.11 9.2.4.8.3",
		Doc: "The first sender of a group frame that came from outside the mesh."},
	{Key: "wlan.fixed.mesh_addr5", Name: "Mesh Address 5", Bits: 0<<8 | 48, Show: ShowMAC,
		Ref: "IEEE 802.11 9.2.4.8.3", Doc: "The last receiver outside the mesh."},
	{Key: "wlan.fixed.mesh_addr6", Name: "Mesh Address 6", Bits: 48<<8 | 48, Show: ShowMAC,
		Ref: "IEEE 802.11 9.2.4.8.3", Doc: "The first sender outside the mesh."},
}

func walkWLANMesh(w *walker, s step) step {
	n := wlanMeshLen
	if h := w.visible(s); len(h) > 0 {
		n += wlanMACLen * int(h[0])
	}
	if w.header(s, n) == nil {
		return step{}
	}
	return step{IDLLC, s.at + n, s.end}
}
