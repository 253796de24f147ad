package decode

// Shim6, RFC 5533 section 5.1.
const shimRef = "RFC 5533 5.1"

var (
	shim6Proto = Protocol{Key: "shim6", Name: "Site Multihoming by IPv6 Intermediation",
		Ref: "RFC 5533", walk: walkExtension, none: NoTransport,
		Fields: extensionStart("shim6", shimRef), more: shim6Rest}
	shim6P = Spec{Key: "shim6.p", Name: "P", Bits: 16<<8 | 1, Show: ShowFlag, Ref: shimRef,
		Doc: "Set: a payload follows; clear: a control message."}
	shim6Tag = Spec{Key: "shim6.tag", Name: "Receiver Context Tag", Short: "Context",
		Bits: 17<<8 | 47, Show: ShowHex, Ref: "RFC 5533 5.2",
		Doc: "Identifies the context of the two hosts."}
	shim6Message = Spec{Key: "shim6.message", Name: "Message", Show: ShowBytes,
		Ref: "RFC 5533 5.3", Doc: "Type, checksum and data of the message."}
	shim6Control = Spec{Key: "shim6.type", Name: "Type", Bits: 17<<8 | 7, Ref: "RFC 5533 5.3",
		Doc: "The message type."}
)

func shim6Rest(f *fieldList) {
	f.spec(&shim6P, 0)
	if h := f.bytes(); len(h) > 2 && h[2]&0x80 != 0 {
		f.spec(&shim6Tag, 0)
		return
	}
	f.spec(&shim6Control, 0)
	f.rest(&shim6Message, 3)
}
