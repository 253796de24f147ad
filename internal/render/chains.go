package render

import (
	"fmt"
	"strings"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
)

// A frame's headers are a tree that Layers lists from its root on: a tunnel's headers follow the ones around them, and an aggregate holds several
// packets side by side. Which header is inside of which, their places tell.

// encloses tells whether the header with index i belongs to what the one with index out carries.
func encloses(p *decode.Packet, out, i int) bool {
	at := p.Layers[i].At
	return out < i && p.Layers[out].At <= at && at < p.Layers[out].End
}

// outside is the index of the header that a view begins the way to header i with: the transport header around it, else the outermost IP header, else -1.
func outside(p *decode.Packet, i int) int {
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

func isTransport(id decode.ID) bool {
	switch id {
	case decode.IDTCP, decode.IDUDP, decode.IDUDPLite, decode.IDSCTP, decode.IDDCCP:
		return true
	}
	return false
}

// ipAround is the index of the innermost IP header that header i is or is inside of, or -1.
func ipAround(p *decode.Packet, i int) int {
	for j := i; j >= 0; j-- {
		if id := p.Layers[j].ID; (id == decode.IDIPv4 || id == decode.IDIPv6) && (j == i || encloses(p, j, i)) {
			return j
		}
	}
	return -1
}

// path names the headers between header i and the one that the view begins with, the last one too if asked for, and the UDP port that says that they
// follow, if one does.
func path(p *decode.Packet, i int, itself bool) line {
	var l line
	if port := via(p, i); port != 0 {
		l = line{{text: fmt.Sprintf(" via udp/%d", port), short: fmt.Sprintf(" via %d", port)}}
	}
	var keys []string
	for j := outside(p, i) + 1; j <= i; j++ {
		if j < i && encloses(p, j, i) || j == i && itself {
			keys = append(keys, p.Layers[j].ID.String())
		}
	}
	return append(l, part{text: " " + strings.Join(keys, ":"), clip: true}, part{text: ": "})
}

// via is the UDP port that says that headers between header i and the transport header around it follow, 0 if other headers say it.
func via(p *decode.Packet, i int) uint16 {
	for j := outside(p, i) + 1; j <= i; j++ {
		if (j == i || encloses(p, j, i)) && p.Layers[j].Via != 0 {
			return p.Layers[j].Via
		}
	}
	return 0
}

// isEnd tells whether header i is the last one of its packet: no other of the frame's own is inside of it. The chunks behind an SCTP header don't count.
func isEnd(p *decode.Packet, i int) bool {
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

// below are the lines under a packet's first one: what tunnels and aggregates hold, quoted headers, inherited ports.
func (w *LineWriter) below(f *analysis.Frame) (lines []line) {
	p, first := f.Packet, w.outer(f)
	for i := range p.Layers {
		if t := transportAt(f, i); t != nil {
			if t != first {
				lines = append(lines, w.inner(p, t))
			}
			continue
		}
		if !isEnd(p, i) {
			continue
		}
		if net := ipAround(p, i); net != p.NetLayer() || net < 0 && outside(p, i) >= 0 {
			lines = append(lines, portless(p, i, net)...)
		}
		for j := range f.Transport {
			if t := &f.Transport[j]; t.InheritedFrom != 0 && t.Net == ipAround(p, i) {
				lines = append(lines, append(line{{text: fmt.Sprintf(" ports are in frame %d: ", t.InheritedFrom), short: fmt.Sprintf(" ports in frame %d: ", t.InheritedFrom)}}, w.transport(p, t)...))
			}
		}
	}
	return lines
}

// transportAt is the transport header at that index of Layers.
func transportAt(f *analysis.Frame, i int) *analysis.Transport {
	for j := range f.Transport {
		if t := &f.Transport[j]; t.InheritedFrom == 0 && t.Layer == i {
			return t
		}
	}
	return nil
}

// inner tells of a transport header that is not the outermost.
func (w *LineWriter) inner(p *decode.Packet, t *analysis.Transport) line {
	if t.Quoted {
		return append(line{{text: " quoted: "}}, w.transport(p, t)...)
	}
	return append(path(p, t.Layer, false), w.transport(p, t)...)
}

// portless tells of a packet without ports inside a tunnel: header i is its last, net its IP header. A header of the tunnel that carries nothing is none.
func portless(p *decode.Packet, i, net int) []line {
	if net < 0 && p.Layers[i].ID != decode.IDARP || net >= 0 && net <= outside(p, i) {
		return nil
	}
	l := path(p, i, true)
	if net >= 0 {
		l = append(l, hosts(p, net), part{text: " "})
	}
	if later := p.Frag; later.Is && later.Offset > 0 && later.Net == net {
		return []line{append(l, part{text: fragmentName(later)}), {{text: fmt.Sprintf(" no ports: %s, byte %d of datagram 0x%04x", decode.LaterFragment, later.Offset, later.ID), paint: paintNone}}}
	}
	return []line{append(l, part{text: innermost(p, i), clip: true})}
}

// isNested tells whether the outermost IP header carries another one.
func isNested(p *decode.Packet) bool {
	net := p.NetLayer()
	for i := net + 1; i < len(p.Layers); i++ {
		if id := p.Layers[i].ID; !p.Layers[i].Quoted && (id == decode.IDIPv4 || id == decode.IDIPv6) && encloses(p, net, i) {
			return true
		}
	}
	return false
}

// tunnelName names what the outermost IP header carries, for a packet whose ports are further in, or would be.
func tunnelName(p *decode.Packet, net int) string {
	if net+1 < len(p.Layers) {
		return layerName(p.Layers[net+1])
	}
	return ""
}
