package flow

import (
	"encoding/binary"
	"net/netip"

	"github.com/portsniff/portsniff/decode"
)

// A Began is told of flows as they begin. asks says that the packet opens a connection, which a flow may do again.
type Began func(k Key, asks bool)

// Began has a function told of each flow that begins, and of each packet that opens a connection.
func (t *Table) Began(tell Began) { t.began = tell }

// Began has a function told of flows as they begin, and of each packet that opens a connection. As the table follows none, it may be told of the same
// flow again and again, but not for every packet.
func (t *PortTable) Began(tell Began) {
	t.began, t.seed = tell, newSeed()
	t.recent = make([]key, 1<<recentBits)
}

// recentBits are the bits of a place among the flows that a PortTable remembers having told of.
const recentBits = 12

// tell tells of an item's flow, unless that is the latest in its place.
func (t *PortTable) tell(it *Item) {
	var k key
	k.of(it)
	opens := it.Opens == decode.OpensAsk
	last := &t.recent[t.seed.hash(&k)>>(32-recentBits)]
	k.from = None // either side may have sent the one before
	if *last == k && !opens {
		return
	}
	*last = k
	t.began(k.full(), opens)
}

// full is the key in full.
func (k *key) full() Key {
	full := Key{Proto: decode.Proto(k.kind & 15), A: Endpoint{Port: uint16(k.a)}, B: Endpoint{Port: uint16(k.b)}}
	switch k.kind &^ 0xf {
	case kindV4:
		full.A.Addr, full.B.Addr = addr4(uint32(k.a>>16)), addr4(uint32(k.b>>16))
	case kindV6:
		full.A.Addr, full.B.Addr = netip.AddrFrom16(k.v6[0]), netip.AddrFrom16(k.v6[1])
	}
	return full
}

// FactsOf are what a flow showed, none where it is not in the table.
func (t *Table) FactsOf(full Key) Facts {
	k := key{a: uint64(full.A.Port), b: uint64(full.B.Port), kind: uint8(full.Proto)}
	switch {
	case full.A.Addr.Is4():
		a, b := full.A.Addr.As4(), full.B.Addr.As4()
		k.kind |= kindV4
		k.a |= uint64(binary.BigEndian.Uint32(a[:])) << 16
		k.b |= uint64(binary.BigEndian.Uint32(b[:])) << 16
	case full.A.Addr.Is6():
		k.kind |= kindV6
		k.v6 = [2][16]byte{full.A.Addr.As16(), full.B.Addr.As16()}
	}
	n, ok, _ := t.find(k.endA(), k.b, &k.v6, t.seed.hash(&k))
	if !ok {
		return Facts{}
	}
	return t.store.entry(n).allFacts()
}
