package annotate

import (
	"sync"

	"github.com/portsniff/portsniff/decode"
)

// LinuxLow is the start of Linux's ephemeral range, as a constant for the compiler. It is the
// highest bit of a port.
const LinuxLow = 32768

// ToService reports whether a packet goes to the port that it counts for, judging by its two port
// numbers alone. It is the result of [Decision.ServicePort] for a packet of an unknown flow. It
// allocates nothing and takes a few nanoseconds.
func ToService(proto decode.Transport, src, dst uint16) bool {
	// Rules 4 to 6 of Decide: a port in Linux's ephemeral range is never the service's if the
	// other port is below the range.
	if (src^dst)&LinuxLow != 0 && src != 0 && dst != 0 && proto != decode.ProtoSCTP {
		return dst < src
	}
	d := Decide(RoleFacts{Proto: proto, PortA: src, PortB: dst, FirstFrom: SideA})
	_, side := d.ServicePort()
	return side != SideA
}

// A class is a set of bits that determine a port's role.
type class uint8

const (
	registered class = 1 << iota // IANA has a name for it
	wellKnown                    // its use has a common name
	used                         // one of uses
	fixed                        // one end of fixedPairs
)

// classes contains the classes of all ports.
type classes [decode.ProtoDCCP + 1][1 << 16]class

// add adds a class to the ports low to high, for all protocols that use the registrations of proto.
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

// classesOf computes the classes from the registry once, because a search in it takes longer than
// the rest of the work for a packet.
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
