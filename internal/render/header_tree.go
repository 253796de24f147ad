package render

import "github.com/portsniff/portsniff/decode"

// The headers of a frame form a tree, and Packet.Layers lists it from the root. The headers of a
// tunnel follow the headers around them, and an aggregate contains several packets. The offsets of
// the headers show which one is inside another.

// encloses reports whether header i is inside the payload of header outer.
func encloses(p *decode.Packet, outer, i int) bool {
	at := p.Layers[i].At
	return outer < i && p.Layers[outer].At <= at && at < p.Layers[outer].End
}

// anchor returns the index of the header at which the path to header i begins. This is the
// transport header around it, else the outermost IP header, else -1.
// around it, else the outermost IP header, else -1.
func anchor(p *decode.Packet, i int) int {
	for j := i - 1; j >= 0; j-- {
		if isTransport(p.Layers[j].ID) && encloses(p, j, i) {
			return j
		}
	}
	if net := p.NetLayer(); net >= 0 && encloses(p, net, i) {
		return net
	}
	return -1
}

func isTransport(id decode.ProtocolID) bool {
	switch id {
	case decode.IDTCP, decode.IDUDP, decode.IDUDPLite, decode.IDSCTP, decode.IDDCCP:
		return true
	}
	return false
}

func isIP(id decode.ProtocolID) bool { return id == decode.IDIPv4 || id == decode.IDIPv6 }

// ipAround returns the index of the innermost IP header that is header i or encloses it, or -1.
func ipAround(p *decode.Packet, i int) int {
	for j := i; j >= 0; j-- {
		if isIP(p.Layers[j].ID) && (j == i || encloses(p, j, i)) {
			return j
		}
	}
	return -1
}

// via returns the UDP port that identifies the headers between header i and the transport header
// around it, or 0 if other headers identify them.
func via(p *decode.Packet, i int) uint16 {
	for j := anchor(p, i) + 1; j <= i; j++ {
		if (j == i || encloses(p, j, i)) && p.Layers[j].Via != 0 {
			return p.Layers[j].Via
		}
	}
	return 0
}

// isLast reports whether header i is the last one of its packet: it encloses only quoted headers.
// The chunks after an SCTP header do not count.
func isLast(p *decode.Packet, i int) bool {
	if p.Layers[i].Quoted || p.Layers[i].ID == decode.IDSCTPChunk {
		return false
	}
	for j := i + 1; j < len(p.Layers); j++ {
		if !p.Layers[j].Quoted && p.Layers[j].ID != decode.IDSCTPChunk && encloses(p, i, j) {
			return false
		}
	}
	return true
}

// isNested reports whether the outermost IP header encloses another IP header.
func isNested(p *decode.Packet) bool {
	net := p.NetLayer()
	for i := net + 1; i < len(p.Layers); i++ {
		if !p.Layers[i].Quoted && isIP(p.Layers[i].ID) && encloses(p, net, i) {
			return true
		}
	}
	return false
}

// lastOwn returns the index of the innermost header that is not quoted, or -1.
func lastOwn(p *decode.Packet) int {
	for i := len(p.Layers) - 1; i >= 0; i-- {
		if !p.Layers[i].Quoted {
			return i
		}
	}
	return -1
}

// header returns the captured bytes of a header.
func header(p *decode.Packet, l decode.Layer) []byte {
	return p.Data[min(l.At, len(p.Data)):min(l.At+l.Len, len(p.Data))]
}
