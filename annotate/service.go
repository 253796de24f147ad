package annotate

import (
	"sync"

	"github.com/portsniff/portsniff/decode"
)

// LinuxLow is where Linux's ephemeral range begins, as a constant that the compiler can work with.
// It is the highest bit of a port.
const LinuxLow = 32768

// ToService reports whether a packet goes to the port that it counts for, judging by its two port
// numbers alone: what [Decision.ServicePort] says of a packet whose flow is not known. It allocates
// nothing and takes a few nanoseconds.
func ToService(proto decode.Transport, src, dst uint16) bool {
	// By rules 4 to 6 of Decide: a number from Linux's ephemeral range is no service's against one
	// from below it.
	if (src^dst)&LinuxLow != 0 && src != 0 && dst != 0 && proto != decode.ProtoSCTP {
		return dst < src
	}
	d := Decide(RoleFacts{Proto: proto, PortA: src, PortB: dst, FirstFrom: SideA})
	_, side := d.ServicePort()
	return side != SideA
}

// A class is what decides about a port's role, in bits.
type class uint8

const (
	registered class = 1 << iota // IANA has a name for it
	wellKnown                    // people call what uses it by a name of their own
	used                         // one of uses
	fixed                        // one end of fixedPairs
)

// classes are those of all ports.
type classes [decode.ProtoDCCP + 1][1 << 16]class

// add adds a class to all ports from low to high of the protocols that use a plain one's names.
func (c *classes) add(proto decode.Transport, low, high uint16, more class) {
	for _, p := range decode.Protos() {
		if plain(p) != proto {
			continue
		}
		list := c[p][low : int(high)+1]
		for i := range list {
			list[i] |= more
		}
	}
}

// classesOf are made of the registry once, as a search in it takes longer than all else that a
// packet needs.
var classesOf = sync.OnceValue(func() *classes {
	var c classes
	r := load()
	for _, x := range r.rows {
		for _, p := range decode.Protos() {
			if plain(p) != p || !x.protos.has(p) {
				continue
			}
			c.add(p, x.low, x.high, registered)
			if aliasOf(r.name(x), p).alias != "" {
				c.add(p, x.low, x.high, wellKnown)
			}
		}
	}
	for _, u := range uses {
		c.add(u.proto, u.port, u.port, wellKnown|used)
	}
	for _, p := range fixedPairs {
		c.add(p.proto, p.server, p.server, fixed)
		c.add(p.proto, p.low, p.high, fixed)
	}
	return &c
})
