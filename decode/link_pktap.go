package decode

import (
	"encoding/binary"

	"github.com/portsniff/portsniff/linktype"
)

// Apple's PKTAP: the kernel's information about a packet, before a frame of any link type. All
// numbers are least significant byte first, the byte order of Apple's machines.
const (
	pktapLen    = 108
	pktapPacket = 1 // record type
)

var pktapProto = Protocol{
	Key: "pktap", Name: "Apple packet tap", Ref: "LINKTYPE_PKTAP", walk: walkPKTAP, none: NotIP,
	Fields: []Spec{
		{Key: "pktap.hdrlen", Name: "Header Length", Bits: 0<<8 | 32, Show: ShowLE,
			Ref: "LINKTYPE_PKTAP", Doc: "Length of this header in bytes."},
		{Key: "pktap.rectype", Name: "Record Type", Bits: 32<<8 | 32, Show: ShowLE,
			Ref: "LINKTYPE_PKTAP", Doc: "1: a packet follows."},
		{Key: "pktap.dlt", Name: "DLT", Bits: 64<<8 | 32, Show: ShowLE, Ref: "LINKTYPE_PKTAP",
			Doc: "The link type of the frame after the header."},
		{Key: "pktap.ifname", Name: "Interface Name", Short: "Interface", Bits: 96<<8 | 192,
			Show: ShowText, Ref: "LINKTYPE_PKTAP", Doc: "The interface that the packet passed."},
		{Key: "pktap.flags", Name: "Flags", Bits: 288<<8 | 32, Show: ShowLE, Ref: "LINKTYPE_PKTAP",
			Doc: "Direction and kind of socket."},
		{Key: "pktap.pfamily", Name: "Protocol Family", Bits: 320<<8 | 32, Show: ShowLE,
			Ref: "LINKTYPE_PKTAP", Doc: "2 is IPv4, 30 is IPv6."},
		{Key: "pktap.llhdrlen", Name: "Link Layer Header Length", Bits: 352<<8 | 32, Show: ShowLE,
			Ref: "LINKTYPE_PKTAP", Doc: "Length of the link header in bytes."},
		{Key: "pktap.lltrlrlen", Name: "Link Layer Trailer Length", Bits: 384<<8 | 32, Show: ShowLE,
			Ref: "LINKTYPE_PKTAP", Doc: "Length of the link trailer in bytes."},
		{Key: "pktap.pid", Name: "Process ID", Bits: 416<<8 | 32, Show: ShowLE,
			Ref: "LINKTYPE_PKTAP", Doc: "The process that the packet belongs to."},
		{Key: "pktap.cmdname", Name: "Command Name", Bits: 448<<8 | 160, Show: ShowText,
			Ref: "LINKTYPE_PKTAP", Doc: "That process's name."},
		{Key: "pktap.svc_class", Name: "Service Class", Bits: 608<<8 | 32, Show: ShowLE,
			Ref: "LINKTYPE_PKTAP", Doc: "The packet's priority."},
		{Key: "pktap.iftype", Name: "Interface Type", Bits: 640<<8 | 16, Show: ShowLE,
			Ref: "LINKTYPE_PKTAP", Doc: "The kind of interface."},
		{Key: "pktap.ifunit", Name: "Interface Unit", Bits: 656<<8 | 16, Show: ShowLE,
			Ref: "LINKTYPE_PKTAP", Doc: "The interface's number."},
		{Key: "pktap.epid", Name: "Effective Process ID", Bits: 672<<8 | 32, Show: ShowLE,
			Ref: "LINKTYPE_PKTAP", Doc: "The process it was sent on behalf of."},
		{Key: "pktap.ecmdname", Name: "Effective Command Name", Bits: 704<<8 | 160, Show: ShowText,
			Ref: "LINKTYPE_PKTAP", Doc: "That process's name."},
	},
	more: func(f *fieldList) { f.rest(&pktapMore, pktapLen) },
}

var pktapMore = Spec{Key: "pktap.more", Name: "More", Show: ShowBytes, Ref: "LINKTYPE_PKTAP",
	Doc: "Fields of later versions."}

func walkPKTAP(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < pktapLen {
		return w.truncated(s, pktapLen)
	}
	n := binary.LittleEndian.Uint32(h)
	if n < pktapLen || uint64(n) > uint64(max(0, s.end-s.at)) {
		return w.malformedWith(s, pktapLen, ErrLength)
	}
	if h = w.header(s, int(n)); h == nil {
		return step{}
	}
	if binary.LittleEndian.Uint32(h[4:]) != pktapPacket {
		w.setNoPorts(NotIP)
		return step{}
	}
	return w.byLink(linktype.Type(binary.LittleEndian.Uint32(h[8:])), s.at+int(n), s.end)
}

// walkUser2 decodes LINKTYPE_USER2. Apple's older systems use it for PKTAP, but any program may use
// it for something else.
func walkUser2(w *walker, s step) step {
	h := w.visible(s)
	if len(h) >= 12 {
		n, rec := binary.LittleEndian.Uint32(h), binary.LittleEndian.Uint32(h[4:])
		if n >= pktapLen && n < 4*pktapLen && rec <= pktapPacket {
			return step{IDPKTAP, s.at, s.end}
		}
	}
	w.setNoPorts(UnsupportedLink)
	return step{}
}

var user2Proto = Protocol{Key: "user_dlt", Name: "user-defined link type 2", Ref: "LINKTYPE_USER2",
	walk: walkUser2, none: UnsupportedLink}
