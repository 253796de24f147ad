package annotate

import (
	"sync"

	"github.com/portsniff/portsniff/decode"
)

// LinuxLow is where Linux's ephemeral range begins, as a constant that the compiler can work with.
// It is the highest bit of a port.
const LinuxLow = 32768

// ToService reports whether a packet goes to the port that it counts for, judging by its two port
// numbers alone: what [ServicePort] says of a packet whose flow is not known. It allocates nothing
// and takes a few nanoseconds.
func ToService(proto decode.Transport, src, dst uint16) bool {
	// By rules 4 to 6 of Decide: a number from Linux's ephemeral range is no service's against one
	// from below it.
	if (src^dst)&LinuxLow != 0 && src != 0 && dst != 0 && proto != decode.ProtoSCTP {
		return dst < src
	}
	return toService(proto, src, dst)
}

// toService is ToService by all the rules.
func toService(proto decode.Transport, src, dst uint16) bool {
	_, side := ServicePort(RoleFacts{Proto: proto, PortA: src, PortB: dst, FirstFrom: SideA})
	return side != SideA
}

// portBits has a bit for every port.
type portBits [1 << 16 / 64]uint64

func (b *portBits) has(port uint16) bool { return b[port/64]>>(port%64)&1 == 1 }

// add adds all ports from low to high.
func (b *portBits) add(low, high uint16) {
	for port := int(low); port <= int(high); port++ {
		b[port/64] |= 1 << (port % 64)
	}
}

// portSets says for each protocol which ports have a name.
type portSets struct {
	registered [decode.ProtoDCCP + 1]portBits // IANA's
	wellKnown  [decode.ProtoDCCP + 1]portBits // one that people use
}

// known is made of the registry once, as a search in it takes longer than all else that a packet
// needs.
var known = sync.OnceValue(func() *portSets {
	var k portSets
	r := load()
	for _, x := range r.rows {
		for _, p := range decode.Protos() {
			if !x.protos.has(plain(p)) {
				continue
			}
			k.registered[p].add(x.low, x.high)
			if aliasOf(r.name(x), plain(p)).alias != "" {
				k.wellKnown[p].add(x.low, x.high)
			}
		}
	}
	for _, u := range uses {
		for _, p := range decode.Protos() {
			if plain(p) == u.proto {
				k.wellKnown[p].add(u.port, u.port)
			}
		}
	}
	return &k
})

// registered reports whether IANA has a name for a port.
func registered(proto decode.Transport, port uint16) bool {
	return known().registered[proto].has(port)
}

// wellKnown reports whether people call what uses a port by a name of their own.
func wellKnown(proto decode.Transport, port uint16) bool {
	return known().wellKnown[proto].has(port)
}
