package filter

// chain is a walk through IP's chain of headers to one protocol, for protochain. The walk is a
// loop, which classic BPF in the kernel does not allow; only the interpreter runs it.
type chain struct {
	net   uint32 // start of the IP header
	v6    bool
	proto uint32
}

// protochain tests for a protocol anywhere in the chain of headers.
func (g *generator) protochain(n uint32, in string, t token) (*cond, error) {
	switch in {
	case "":
		ip, err := g.protochain(n, "ip", t)
		if err != nil {
			return nil, err
		}
		ip6, err := g.protochain(n, "ip6", t)
		return or(ip, ip6), err
	case "ip", "ip6":
	default:
		return nil, &Error{At: t.at, End: t.end, Problem: "a chain of headers begins with IP",
			Hint: "did you mean ip protochain or ip6 protochain?"}
	}
	if g.link.payload.base != nil {
		return nil, fail(t, "protochain can't follow headers of variable length")
	}
	ether := uint32(etherIPv4)
	if in == "ip6" {
		ether = etherIPv6
	}
	g.chained = true
	is, err := g.linkIs(ether, t)
	return and(is, &cond{op: condChain, chain: &chain{net: g.link.payload.k + g.link.nl,
		v6: in == "ip6", proto: n}}), err
}
