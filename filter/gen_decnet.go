package filter

import (
	"strconv"
	"strings"
)

// decnetAddress parses an area of 6 bits and a node of 10 bits.
func decnetAddress(s string) (area, node uint32, ok bool) {
	a, n, _ := strings.Cut(s, ".")
	x, err1 := strconv.ParseUint(a, 10, 6)
	y, err2 := strconv.ParseUint(n, 10, 10)
	return uint32(x), uint32(y), err1 == nil && err2 == nil
}

// decnetForm is a form of DECnet Phase IV's routing header: the flags that identify it, and the
// offsets of its addresses, in bytes after the length.
type decnetForm struct{ flagsAt, size, mask, flags, src, dst uint32 }

// decnetForms are short and long addresses, each with and without a byte of padding before it.
var decnetForms = []decnetForm{
	{2, 1, 0x07, 0x02, 5, 3}, {2, 2, 0xff07, 0x8102, 6, 4}, {2, 1, 0x07, 0x06, 17, 9},
	{2, 2, 0xff07, 0x8106, 18, 10},
}

// decnetHost tests for a DECnet address, which is in little-endian byte order.
func (g *generator) decnetHost(addr uint32, dir string, t token) (*cond, error) {
	is, err := g.linkIs(etherDECnet, t)
	if err != nil {
		return nil, err
	}
	addr = addr&0xff<<8 | addr>>8&0xff
	at := func(where func(decnetForm) uint32) *cond {
		var forms []*cond
		for _, f := range decnetForms {
			forms = append(forms, and(g.masked(g.net(f.flagsAt, f.size), f.flags, f.mask),
				g.v.eq(g.net(where(f), 2), addr)))
		}
		return and(is, one(forms...))
	}
	return either(dir, at(func(f decnetForm) uint32 { return f.src }),
		at(func(f decnetForm) uint32 { return f.dst })), nil
}
