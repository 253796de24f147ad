package filter

import "net/netip"

// Seen is what was decoded of a frame, wherever in it: behind tags, in tunnels, behind extension headers, and of later fragments what is known from
// the first.
type Seen struct {
	Ports  []SeenPorts
	Addrs  []SeenAddrs
	Protos []string // the language's words for the headers: ip, ip6, tcp
}

// SeenPorts are the ports of one header.
type SeenPorts struct {
	Proto    string // tcp, udp or sctp; other protocols' ports are none to the language
	Src, Dst uint16
}

// SeenAddrs are the addresses of one IP header.
type SeenAddrs struct{ Src, Dst netip.Addr }

// MatchSeen is Match for a program compiled with Options.Seen: what port, host, net and a protocol's word do not find where they look, they find in
// what was decoded.
func (p *Program) MatchSeen(data []byte, wireLen int, seen *Seen) bool {
	return p.match(data, wireLen, &beside{seen: seen})
}

// answers is the offset of the first load that is no load but the answer to a question. No frame is so long, and the kernel's own numbers are higher.
const answers = 0xffff8000

// orSeen is a condition, or that a question is answered by what was decoded, if the program is to ask.
func (g *generator) orSeen(c *cond, ask func(*Seen) bool) *cond {
	if !g.opt.Seen {
		return c
	}
	g.asks = append(g.asks, ask)
	return or(g.v.eq(g.v.load(nil, answers+uint32(len(g.asks)-1), 1), 1), c)
}

// eitherSeen is either for what was found already.
func eitherSeen(dir string, src, dst bool) bool {
	return joined(dir, src, dst, func(x, y bool) bool { return x && y }, func(x, y bool) bool { return x || y })
}
