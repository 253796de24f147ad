package render

import "github.com/portsniff/portsniff/decode"

// The headers of a frame form a tree, which Packet.Layers lists from its root on: a tunnel's
// headers follow those around them, and an aggregate holds several packets side by side. The
// headers' places show which one is inside another.

// encloses reports whether header i belongs to what header outer carries.
func encloses(p *decode.Packet, outer, i int) bool {
	at := p.Layers[i].At
	return outer < i && p.Layers[outer].At <= at && at < p.Layers[outer].End
}

// anchor is the index of the header from which the path to header i begins: the transport header
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

// ipAround is the index of the innermost IP header that header i is or is inside of, or -1.
func ipAround(p *decode.Packet, i int) int {
	for j := i; j >= 0; j-- {
		if isIP(p.Layers[j].ID) && (j == i || encloses(p, j, i)) {
			return j
		}
	}
	return -1
}

// via is the UDP port that says which headers follow between header i and the transport header
// around it, 0 if other headers say it.
func via(p *decode.Packet, i int) uint16 {
	for j := anchor(p, i) + 1; j <= i; j++ {
		if (j == i || encloses(p, j, i)) && p.Layers[j].Via != 0 {
			return p.Layers[j].Via
		}
	}
	return 0
}

// isLast reports whether header i is the last one of its packet: it encloses no other that is not
// quoted. The chunks after an SCTP header do not count.
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

// isNested reports whether the outermost IP header carries another one.
func isNested(p *decode.Packet) bool {
	net := p.NetLayer()
	for i := net + 1; i < len(p.Layers); i++ {
		if !p.Layers[i].Quoted && isIP(p.Layers[i].ID) && encloses(p, net, i) {
			return true
		}
	}
	return false
}

// lastOwn is the index of the innermost header that is not quoted, or -1.
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
