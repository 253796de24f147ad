package decode

// Broadcom's switch tag of four bytes: inside the Ethernet header, as Marvell's tag is, or before
// the frame.
const brcmFront = 4

var (
	dsaBrcmProto = Protocol{Key: "brcm", Name: "Ethernet with Broadcom tag",
		Ref: "LINKTYPE_DSA_TAG_BRCM", walk: walkDSA, none: NotIP, Fields: dsaAddresses,
		more: dsaFields}
	brcmFrontSpec = Spec{Key: "brcm.tag", Name: "Broadcom tag", Short: "Tag", Bits: 0<<8 | 32,
		Show: ShowHex, Ref: "LINKTYPE_DSA_TAG_BRCM",
		Doc: "The switch's interface, and why the frame was sent to the processor."}
	brcmPreProto = Protocol{Key: "brcm_prepend", Name: "Broadcom tag before Ethernet",
		Ref: "LINKTYPE_DSA_TAG_BRCM_PREPEND", walk: walkBrcmPrepend, none: NotIP,
		Fields: []Spec{brcmFrontSpec}}
)

func walkBrcmPrepend(w *walker, s step) step {
	if w.header(s, brcmFront) == nil {
		return step{}
	}
	return step{IDEthernet, s.at + brcmFront, s.end}
}
