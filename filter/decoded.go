package filter

import "net/netip"

// Decoded contains the decoded ports, addresses and protocols of a frame. They include those after
// tags and extension headers, inside tunnels, and, for later fragments, those of the first one.
type Decoded struct {
	Ports  []DecodedPorts
	Addrs  []DecodedAddrs
	Protos []string // the language's words for the headers: ip, ip6, tcp
}

// DecodedPorts are the ports of one header.
type DecodedPorts struct {
	Proto    string // tcp, udp or sctp; the filter language has no ports of other protocols
	Src, Dst uint16
}

// DecodedAddrs are the addresses of one IP header.
type DecodedAddrs struct{ Src, Dst netip.Addr }

// MatchDecoded is Match for a program compiled with Options.Decoded. port, host, net and protocol
// names also match the decoded facts in seen.
func (p *Program) MatchDecoded(data []byte, wireLen int, seen *Decoded) bool {
	return p.match(data, wireLen, &beside{seen: seen})
}

// answers is the offset of the first load that returns the answer to a question. Offsets in frames
// are lower, and the kernel's own offsets are higher.
const answers = 0xffff8000

// orDecoded returns c. With Options.Decoded it returns c or the answer to the question ask.
func (g *generator) orDecoded(c *cond, ask func(*Decoded) bool) *cond {
	if !g.opt.Decoded {
		return c
	}
	g.asks = append(g.asks, ask)
	return or(g.v.eq(g.v.load(nil, answers+uint32(len(g.asks)-1), 1), 1), c)
}

// eitherDecoded is either for results that are known.
func eitherDecoded(dir string, src, dst bool) bool {
	return joined(dir, src, dst, func(x, y bool) bool { return x && y },
		func(x, y bool) bool { return x || y })
}
