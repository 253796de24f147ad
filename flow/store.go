package flow

import (
	"net/netip"

	"github.com/portsniff/portsniff/decode"
)

// An entry is one flow, in one cache line.
type entry struct {
	a, b       uint32 // IPv4 addresses; with IPv6, a is where the addresses stand in the store
	portA      uint16
	portB      uint16
	kind       uint8 // protocol, and the IP version in the upper half
	facts      uint8 // Asked, Answered and First, two bits each; then a bit for each side that has sent a payload
	flags      [2]uint8
	packets    [2]uint64
	bytes      [2]uint64
	start, end int64 // while start is NoTime, end is NoTime plus the number of the latest packet
}

// Places in entry.facts.
const (
	askedShift    = 0
	answeredShift = 2
	firstShift    = 4
	spokeShift    = 6
)

// A note is what is rarely asked of a flow.
type note struct {
	frame int64
	says  [2]Saying
}

// A store holds entries in the order in which they came, in pieces of a fixed length, so that it grows without moving or leaving anything.
// Nothing in it is a pointer: the garbage collector does not look at it.
type store struct {
	entries [][]entry
	notes   [][]note
	v6      [][][2][16]byte
	answers [][]answered // where answer is set
	answer  bool
	n, n6   int
	asked   asked
}

const (
	pieceBits = 17
	pieceLen  = 1 << pieceBits

	entrySize    = 64 + 16 + 4 // bytes of an entry and its note, and of its number when flows are sorted
	v6Size       = 32
	answeredSize = 16
)

func (s *store) entry(i uint32) *entry { return &s.entries[i>>pieceBits][i%pieceLen] }
func (s *store) note(i uint32) *note   { return &s.notes[i>>pieceBits][i%pieceLen] }

// addrs6 are the addresses of an IPv6 flow.
func (s *store) addrs6(e *entry) *[2][16]byte { return &s.v6[e.a>>pieceBits][e.a%pieceLen] }

// touch6 reads a byte of an entry's IPv6 addresses, if it has such.
func (s *store) touch6(i uint32) uint64 {
	if e := s.entry(i); e.kind&kindV6 == kindV6 {
		return uint64(s.addrs6(e)[0][15])
	}
	return 0
}

// same tells whether an entry has the key.
func (s *store) same(e *entry, k *key) bool {
	if e.kind != k.kind || e.portA != uint16(k.a) || e.portB != uint16(k.b) {
		return false
	}
	if k.kind&kindV6 == kindV6 {
		x := s.addrs6(e)
		return same16(&x[0], &k.v6[0]) && same16(&x[1], &k.v6[1])
	}
	return e.a == uint32(k.a>>16) && e.b == uint32(k.b>>16)
}

// add makes an entry for a key, and gives its number.
func (s *store) add(k *key) uint32 {
	room(&s.entries, s.n)
	room(&s.notes, s.n)
	if s.answer {
		room(&s.answers, s.n)
	}
	i := uint32(s.n)
	s.n++
	e := s.entry(i)
	*e = entry{} // and field by field: made in one go it would be copied, see Batch.key
	e.a, e.b, e.portA, e.portB, e.kind = uint32(k.a>>16), uint32(k.b>>16), uint16(k.a), uint16(k.b), k.kind
	e.start, e.end = NoTime, NoTime
	*s.note(i) = note{}
	if s.answer {
		s.answers[i>>pieceBits][i%pieceLen] = answered{}
	}
	if k.kind&kindV6 == kindV6 {
		e.a = s.add6(&k.v6)
	}
	return i
}

// room makes room for another element behind n.
func room[T any](pieces *[][]T, n int) {
	if n == len(*pieces)<<pieceBits {
		*pieces = append(*pieces, makeHuge[T](pieceLen))
	}
}

func (s *store) add6(addrs *[2][16]byte) uint32 {
	room(&s.v6, s.n6)
	i := uint32(s.n6)
	s.n6++
	s.v6[i>>pieceBits][i%pieceLen] = *addrs
	return i
}

// size is how much memory the store takes up, in bytes, and how much after another flow.
func (s *store) size() (now, next int) {
	now = s.n*entrySize + s.n6*v6Size
	if s.answer {
		now += s.n * answeredSize
	}
	return now, now + entrySize + v6Size
}

// key is the key of an entry, without a sender.
func (s *store) key(e *entry) (k key) {
	k.kind, k.a, k.b = e.kind, uint64(e.portA), uint64(e.portB)
	switch {
	case k.kind&kindV6 == kindV6:
		k.v6 = *s.addrs6(e)
	case k.kind&kindV4 == kindV4:
		k.a, k.b = k.a|uint64(e.a)<<16, k.b|uint64(e.b)<<16
	}
	return k
}

// proto is the entry's protocol.
func (e *entry) proto() decode.Proto { return decode.Proto(e.kind & 15) }

// fact is one of the sides that the facts name.
func (e *entry) fact(shift uint) Side { return Side(e.facts >> shift & 3) }

func (e *entry) allFacts() Facts {
	return Facts{Asked: e.fact(askedShift), Answered: e.fact(answeredShift), First: e.fact(firstShift)}
}

// last is the time of the latest packet.
func (e *entry) last() int64 {
	if e.start == NoTime {
		return NoTime
	}
	return e.end
}

// learn sets a fact unless it is known.
func (e *entry) learn(shift uint, s Side) {
	if e.fact(shift) == None {
		e.facts |= uint8(s) << shift
	}
}

// fullKey is the key of an entry with addresses.
func (s *store) fullKey(e *entry) Key {
	k := Key{Proto: e.proto(), A: Endpoint{Port: e.portA}, B: Endpoint{Port: e.portB}}
	switch {
	case e.kind&kindV6 == kindV6:
		x := s.addrs6(e)
		k.A.Addr, k.B.Addr = netip.AddrFrom16(x[0]), netip.AddrFrom16(x[1])
	case e.kind&kindV4 == kindV4:
		k.A.Addr, k.B.Addr = addr4(e.a), addr4(e.b)
	}
	return k
}
