package decode

import (
	"net/netip"

	"github.com/portsniff/portsniff/linktype"
)

// A Reason is the reason that a frame has no ports of its own.
type Reason uint8

// The reasons. All output uses the same words.
const (
	HasPorts Reason = iota // "": it has ports
	// ARP, LLDP, a switch's own protocol: no IP header, so no transport header
	NotIP
	NoTransport     // ICMP, IGMP, OSPF …: inside IP, but without ports
	LaterFragment   // the ports are in the first fragment of the datagram
	CutOff          // the capture's snapshot length ended before the ports
	Encrypted       // ESP and similar protocols encrypt the transport header
	Malformed       // a header contradicts itself or an enclosing header
	UnsupportedLink // a link type that has no decoder here

	Reasons = iota // the number of reasons, including HasPorts
)

var reasonNames = [...]string{"", "not-ip", "no-transport", "later-fragment", "cut", "encrypted",
	"malformed", "unsupported-link"}

// String returns the word in JSON, such as "not-ip".
func (r Reason) String() string {
	if int(r) < len(reasonNames) {
		return reasonNames[r]
	}
	return ""
}

// A Layer is one header of a frame.
type Layer struct {
	ID     ProtocolID
	Quoted bool // part of the packet that an ICMP error quotes
	// the UDP port that selected this header, 0 if the previous header announces it
	Via uint16
	At  int // the header's first byte in the frame
	Len int // the header's length in bytes as it claims; it may extend past the captured bytes
	End int // the end of the header's payload, as claimed: a byte of the frame, exclusive

	decoded int // number of the struct in headers that holds it, from 1; 0 for none
}

// Protocol returns the layer's row in the table of protocols.
func (l Layer) Protocol() *Protocol { return protocols[l.ID] }

// A TransportHeader is one transport header with ports.
type TransportHeader struct {
	Proto  Transport
	Quoted bool   // quoted by an ICMP error: the ports of another packet
	Src    uint16 // source port
	Dst    uint16 // destination port
	At     int    // byte of the frame where the source port is; -1 if inherited
	Layer  int    // index in Layers of the transport header, or of the IP header if inherited
	Net    int    // index in Layers of the IP header that carries it, -1 if none
	// InheritedFrom is the number of the frame with the first fragment, which has these ports. It
	// is 0 if they are in this frame.
	InheritedFrom int64
}

// A Packet is the result of decoding one frame. The next Decode reuses its slices.
type Packet struct {
	Data    []byte            // the captured bytes
	Link    linktype.Type     // link type of the frame
	WireLen int               // length on the wire in bytes
	Layers  []Layer           // every header, outermost first
	Ports   []TransportHeader // every transport header with ports, outermost first
	NoPorts Reason            // why Ports has no entry from this frame
	Stop    DecodeError       // where decoding ended early, if Stop.Err is set
	Frag    Fragment          // the outermost fragment header, if Frag.Is

	headers headers
	w       walker
	sums    pieceSums
}

// A Fragment contains the fragmentation fields of an IPv4 header (RFC 791 section 3.1) or an IPv6
// Fragment header (RFC 8200 section 4.5).
type Fragment struct {
	Is     bool   // the offset is not 0, or more fragments follow
	More   bool   // more fragments follow
	Proto  uint8  // the protocol of the whole datagram's payload, as this fragment claims
	ID     uint32 // identification: 16 bits in IPv4, 32 in IPv6
	Offset int    // of the fragment in the datagram's payload, in bytes
	Net    int    // index in Layers of the IP header
	At     int    // byte of the frame where the fragment's payload begins
}

// Addrs returns the source and destination address of the IP header with the given index in Layers,
// such as Ports.Net. They are invalid if there is no IP header there or it was cut.
func (p *Packet) Addrs(net int) (src, dst netip.Addr) {
	if net < 0 || net >= len(p.Layers) {
		return
	}
	l := p.Layers[net]
	if l.At > len(p.Data) {
		return
	}
	h := p.Data[l.At:]
	switch {
	case l.ID == IDIPv4 && len(h) >= ipv4MinLen:
		return ipv4Addr(ipv4Src, h), ipv4Addr(ipv4Dst, h)
	case l.ID == IDIPv6 && len(h) >= ipv6Len:
		return ipv6Addr(ipv6Src, h), ipv6Addr(ipv6Dst, h)
	}
	return
}

func ipv4Addr(b Bits, h []byte) netip.Addr { return netip.AddrFrom4([4]byte(b.Bytes(h))) }
func ipv6Addr(b Bits, h []byte) netip.Addr { return netip.AddrFrom16([16]byte(b.Bytes(h))) }

// NetLayer returns the index in Layers of the outermost IP header, or -1.
func (p *Packet) NetLayer() int {
	for i := range p.Layers {
		if id := p.Layers[i].ID; id == IDIPv4 || id == IDIPv6 {
			return i
		}
	}
	return -1
}

// LastNet returns the index in Layers of the innermost IP header that is not quoted, or -1.
func (p *Packet) LastNet() int {
	for i := len(p.Layers) - 1; i >= 0; i-- {
		if id := p.Layers[i].ID; !p.Layers[i].Quoted && (id == IDIPv4 || id == IDIPv6) {
			return i
		}
	}
	return -1
}
