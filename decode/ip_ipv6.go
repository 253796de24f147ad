package decode

import "net/netip"

// IPv6 header fields, RFC 8200 section 3. There is no port among them.
const (
	ipv6Len = 40

	ipv6Version    Bits = 0<<8 | 4
	ipv6Traffic    Bits = 4<<8 | 8
	ipv6Flow       Bits = 12<<8 | 20
	ipv6PayloadLen Bits = 32<<8 | 16
	ipv6NextHeader Bits = 48<<8 | 8
	ipv6HopLimit   Bits = 56<<8 | 8
	ipv6Src        Bits = 64<<8 | 128
	ipv6Dst        Bits = 192<<8 | 128
)

var ipv6Proto = Protocol{
	Key: "ipv6", Name: "Internet Protocol version 6", Ref: "RFC 8200", walk: walkIPv6, none: NoTransport,
	Fields: []Spec{
		{Key: "ipv6.version", Name: "Version", Short: "Ver", Bits: ipv6Version, Ref: "RFC 8200 3", Doc: "The version of the header's format: 6."},
		{Key: "ipv6.tclass", Name: "Traffic Class", Short: "Traffic", Bits: ipv6Traffic, Show: ShowHex, Ref: "RFC 8200 7", Doc: "The treatment asked of routers on the way, and congestion marks."},
		{Key: "ipv6.flow", Name: "Flow Label", Bits: ipv6Flow, Show: ShowHex, Ref: "RFC 6437", Doc: "Packets of one flow share it, so that routers need not look for the ports."},
		{Key: "ipv6.plen", Name: "Payload Length", Bits: ipv6PayloadLen, Ref: "RFC 8200 3", Doc: "Bytes after this header, extension headers included."},
		{Key: "ipv6.nxt", Name: "Next Header", Bits: ipv6NextHeader, Role: NextIPProtocol, Ref: "RFC 8200 3", Doc: "Says which header follows: 6 is TCP, 17 is UDP. That header has the ports; this one has none.", Mean: ipProtoName},
		{Key: "ipv6.hlim", Name: "Hop Limit", Bits: ipv6HopLimit, Ref: "RFC 8200 3", Doc: "How many more routers may forward the packet."},
		{Key: "ipv6.src", Name: "Source Address", Short: "Source", Bits: ipv6Src, Show: ShowAddr, Ref: "RFC 8200 3", Doc: "The host that sent the packet; which of its programs did, only a port tells."},
		{Key: "ipv6.dst", Name: "Destination Address", Short: "Destination", Bits: ipv6Dst, Show: ShowAddr, Ref: "RFC 8200 3", Doc: "The host the packet is for; which of its programs gets it, only a port tells."},
	},
}

// IPv6 is a view of a whole IPv6 header.
type IPv6 []byte

// Version is 6 in a valid header.
func (h IPv6) Version() uint8 { return uint8(ipv6Version.Word(h)) }

// Addrs are the source and destination address in the header.
func (h IPv6) Addrs() (src, dst *[16]byte) {
	return (*[16]byte)(ipv6Src.Bytes(h)), (*[16]byte)(ipv6Dst.Bytes(h))
}

// PayloadLen is the number of bytes after the header; 0 with a jumbogram (RFC 2675) or large sends left to the network card.
func (h IPv6) PayloadLen() int { return int(ipv6PayloadLen.U16(h)) }

// NextHeader is the number of the protocol or extension header that follows.
func (h IPv6) NextHeader() uint8 { return ipv6NextHeader.U8(h) }

// HopLimit is the number of routers that may still forward the packet.
func (h IPv6) HopLimit() uint8 { return ipv6HopLimit.U8(h) }

// Src is the source address.
func (h IPv6) Src() netip.Addr { return netip.AddrFrom16([16]byte(ipv6Src.Bytes(h))) }

// Dst is the destination address.
func (h IPv6) Dst() netip.Addr { return netip.AddrFrom16([16]byte(ipv6Dst.Bytes(h))) }

func walkIPv6(w *walker, s step) step {
	v := w.visible(s)
	if len(v) > 0 && v[0]>>4 != 6 {
		return w.bad(s, ipv6Len, ErrVersion)
	}
	if len(v) < ipv6Len {
		return w.short(s, ipv6Len)
	}
	h := IPv6(v)
	end := s.end
	// RFC 2675: a payload length of zero leaves the length to the Jumbo Payload option; the frame's own length bounds it.
	if n := h.PayloadLen(); n > 0 && s.at+ipv6Len+n < s.end {
		end = s.at + ipv6Len + n
		w.claim = ClaimHeader
	}
	w.add(s, ipv6Len, end)
	w.net = len(w.Layers) - 1
	return w.byIPProto(h.NextHeader(), s.at+ipv6Len, end)
}
