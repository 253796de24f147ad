package decode

import "encoding/binary"

// Netlink messages of Linux's netfilter, LINKTYPE_NETLINK: a message header (linux/netlink.h), a
// family header (linux/netfilter/nfnetlink.h), then attributes. A message of NFQUEUE or NFLOG
// carries one packet in an attribute. Numbers are in the byte order of the capturing machine,
// except those inside attributes, which are in network byte order.
const (
	netlinkLen       = 20 // both headers
	netlinkNetfilter = 12 // family, in the protocol field of the cooked header

	nfSubsysQueue   = 3 // linux/netfilter/nfnetlink_queue.h
	nfSubsysLog     = 4 // linux/netfilter/nfnetlink_log.h
	nfqaPayload     = 10
	nfAttrLen       = 4
	nfAttrPacketHdr = 1
	nfTypeMask      = 0x3fff // the two upper bits are flags

	nfFamilyBridge = 7
	nfFamilyNetdev = 5
	nfFamilyARP    = 3
)

const netlinkRef = "linux/netlink.h"

var netlinkProto = Protocol{
	Key: "netlink", Name: "Linux netfilter message", Ref: "LINKTYPE_NETLINK",
	walk: walkNetlink, none: NotIP, more: netlinkRest,
}

var netlinkFields = [...]Spec{
	{Key: "netlink.hdr_len", Name: "Length", Bits: 0<<8 | 32, Ref: netlinkRef,
		Doc: "Length of the message in bytes, with this header."},
	{Key: "netlink.hdr_type", Name: "Message Type", Short: "Type", Bits: 32<<8 | 16,
		Ref:  netlinkRef,
		Doc:  "Subsystem times 256 plus the message: 768 is NFQUEUE's packet, 1024 is NFLOG's.",
		Mean: netlinkTypeName},
	{Key: "netlink.hdr_flags", Name: "Flags", Bits: 48<<8 | 16, Ref: netlinkRef,
		Doc: "Whether it is a request or a part of a longer answer."},
	{Key: "netlink.hdr_seq", Name: "Sequence", Bits: 64<<8 | 32, Ref: netlinkRef,
		Doc: "Matches answers to requests."},
	{Key: "netlink.hdr_pid", Name: "Port ID", Bits: 96<<8 | 32, Ref: netlinkRef,
		Doc: "The socket that sent the message. It is not a transport port."},
}

var (
	netfilterFields = [...]Spec{
		{Key: "netlink-netfilter.family", Name: "Address Family", Short: "Family", Bits: 128<<8 | 8,
			Ref: "linux/netfilter/nfnetlink.h",
			Doc: "The family of the packet: 2 is IPv4, 7 is a bridge, 10 is IPv6."},
		{Key: "netlink-netfilter.version", Name: "Version", Short: "Ver", Bits: 136<<8 | 8,
			Ref: "linux/netfilter/nfnetlink.h", Doc: "Zero."},
		{Key: "netlink-netfilter.res_id", Name: "Resource ID", Bits: 144<<8 | 16,
			Ref: "linux/netfilter/nfnetlink.h",
			Doc: "The number of the queue or of the log's group."},
	}
	netfilterAttrs = Spec{Key: "netlink-netfilter.attributes", Name: "Attributes", Show: ShowBytes,
		Ref: "linux/netfilter/nfnetlink.h",
		Doc: "Interfaces, marks, hardware addresses; the packet comes last."}
)

func netlinkTypeName(v uint64) string {
	switch v {
	case nfSubsysQueue << 8:
		return "NFQUEUE packet"
	case nfSubsysLog << 8:
		return "NFLOG packet"
	}
	return ""
}

// netlinkRest adds the fields. They are in the byte order of the capturing machine.
func netlinkRest(f *fieldList) {
	little := netlinkOrder(f.bytes()) == binary.LittleEndian
	for i := range netlinkFields {
		s := netlinkFields[i]
		if s.Show = ShowDec; little {
			s.Show = ShowLE
		}
		f.spec(&s, 0)
	}
	f.group(netfilterFields[:], 0)
	f.rest(&netfilterAttrs, netlinkLen)
}

// netlinkOrder returns the byte order in which the message's length is smaller.
func netlinkOrder(h []byte) binary.ByteOrder {
	if len(h) >= 4 && binary.LittleEndian.Uint32(h) > binary.BigEndian.Uint32(h) {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

func walkNetlink(w *walker, s step) step {
	h := w.visible(s)
	if len(h) < netlinkLen {
		return w.truncated(s, netlinkLen)
	}
	order := netlinkOrder(h)
	n := int(min(order.Uint32(h), 1<<30))
	if n < netlinkLen {
		return w.malformedWith(s, netlinkLen, ErrLength)
	}
	if next := s.at + (n+3)&^3; next+netlinkLen <= s.end {
		w.pushBranch(step{IDNetlink, next, s.end}) // several messages in one read
	}
	if s.at+n < s.end {
		s.end = s.at + n
		w.claim = ClaimHeader
	}
	m := nfMessage{family: h[16], order: order, at: netlinkLen}
	switch order.Uint16(h[4:]) {
	case nfSubsysQueue << 8:
		m.payload, m.packetType = nfqaPayload, 4
	case nfSubsysLog << 8:
		m.payload = nflogPayload
	default: // a setting or a verdict: no packet
		w.add(s, min(n, s.end-s.at), s.end)
		return w.notIP()
	}
	return w.byNetfilter(s, m)
}

// An nfMessage describes a netfilter message whose attributes begin at byte at of the header.
type nfMessage struct {
	family     byte
	order      binary.ByteOrder // of attribute lengths and types
	at         int
	payload    uint16 // type of the attribute that holds the packet
	packetType int    // offset of the EtherType in the attribute that describes the packet
}

// byNetfilter adds the header up to the attribute that holds the packet and continues with the
// packet. The family determines the packet's first header. Families without an IP version
// (bridge, netdev) have the EtherType in an attribute.
func (w *walker) byNetfilter(s step, m nfMessage) step {
	h := w.visible(s)
	etherType := uint16(0)
	at := m.at
	for at+nfAttrLen <= len(h) {
		n, kind := int(m.order.Uint16(h[at:])), m.order.Uint16(h[at+2:])&nfTypeMask
		if n < nfAttrLen {
			return w.malformedWith(s, at+nfAttrLen, ErrLength)
		}
		value := h[at+nfAttrLen : max(min(at+n, len(h)), at+nfAttrLen)]
		if kind == nfAttrPacketHdr && len(value) >= m.packetType+2 {
			etherType = u16(value[m.packetType:])
		}
		if kind == m.payload {
			end := min(s.end, s.at+at+n)
			w.add(s, at+nfAttrLen, end)
			from := s.at + at + nfAttrLen
			if m.family == nfFamilyBridge || m.family == nfFamilyNetdev || m.family == nfFamilyARP {
				return w.byEtherType(etherType, from, end)
			}
			return w.byFamily(uint32(m.family), from, end)
		}
		at += (n + 3) &^ 3
	}
	if s.at+at < s.end {
		return w.truncated(s, at+nfAttrLen)
	}
	w.add(s, len(h), s.end)
	return w.notIP()
}

// shorterOrder returns the byte order in which the first attribute's length is smaller.
func shorterOrder(b []byte) binary.ByteOrder {
	if len(b) >= 2 && binary.LittleEndian.Uint16(b) > binary.BigEndian.Uint16(b) {
		return binary.BigEndian
	}
	return binary.LittleEndian
}
