package flow

import (
	"net/netip"

	"github.com/portsniff/portsniff/decode"
)

// An entry is one flow, in one cache line.
type entry struct {
	a, b       uint64    // the key's ends, with IPv6 the number of the addresses in the store above A's port; above them kind and facts, and the flags of A and B
	packets    [2]uint32 // that A and B sent; see store.packets
	note       note
	bytes      [2]uint64
	start, end uint64 // the first and the latest time, as biased has them; while there is none, 0 and the number of the latest packet
}

// Places in an entry's facts.
const (
	askedShift    = 0 // a Side, as for the next two
	answeredShift = 2
	firstShift    = 4
	spokeShift    = 6 // a bit for each side that has sent a payload
)

// A note is the number of a flow's first packet, of 48 bits, and what the first payloads of A and B look like.
type note struct {
	low  uint32
	high uint16
	say  [2]Saying
}

func noteOf(frame int64) note { return note{low: uint32(frame), high: uint16(frame >> 32)} }

func (n *note) frame() int64       { return int64(n.high)<<32 | int64(n.low) }
func (n *note) speaks() bool       { return n.say != [2]Saying{} }
func (n *note) says(s Side) Saying { return n.say[s-A] }

// A store holds entries in the order in which they came, in pieces of a fixed length, so that it grows without moving or leaving anything.
// Nothing in it is a pointer: the garbage collector does not look at it.
type store struct {
	entries pieces[entry]
	v6      pieces[[2][16]byte]
	answers pieces[answered] // where answer is set
	answer  bool
	n, n6   int
	carried map[uint32]*[2]uint32 // of the packets that A and B sent, the upper halves, where they are not 0
}

const (
	entrySize    = 64 + 4 // bytes of an entry, and of its number when flows are sorted
	v6Size       = 32
	answeredSize = 16
)

func (s *store) entry(i uint32) *entry { return s.entries.at(i) }

// addrs6 are the addresses of an IPv6 flow.
func (s *store) addrs6(e *entry) *[2][16]byte { return s.v6.at(e.addrA()) }

// packets is how many packets a side of an entry sent: more than an entry has room for, if need be.
func (s *store) packets(n uint32, side Side) uint64 {
	packets := uint64(s.entry(n).packets[side-A])
	if c := s.carried[n]; c != nil {
		packets |= uint64(c[side-A]) << 32
	}
	return packets
}

// sent is what a side of an entry sent.
func (s *store) sent(n uint32, side Side) Count {
	return Count{s.packets(n, side), s.entry(n).bytes[side-A]}
}

// total is what both sides sent.
func (s *store) total(n uint32) Count {
	c := s.sent(n, A)
	c.Plus(s.sent(n, B))
	return c
}

// carry adds to the upper half of the packets that a side sent.
func (s *store) carry(n uint32, side Side, more uint32) {
	if more == 0 {
		return
	}
	if s.carried == nil {
		s.carried = map[uint32]*[2]uint32{}
	}
	if s.carried[n] == nil {
		s.carried[n] = new([2]uint32)
	}
	s.carried[n][side-A] += more
}

// same tells whether an entry has the key: x and y are as in Table.find.
func (s *store) same(e *entry, x, y uint64, v6 *[2][16]byte) bool {
	if x>>kindShift&kindV6 != kindV6 {
		return (e.a^x)<<(64-factsShift)|(e.b^y)<<(64-flagsShift) == 0
	}
	if e.kind() != uint8(x>>kindShift) || uint16(e.a) != uint16(x) || uint16(e.b) != uint16(y) {
		return false
	}
	addrs := s.addrs6(e)
	return same16(&addrs[0], &v6[0]) && same16(&addrs[1], &v6[1])
}

// add makes an entry, and gives its number. What it is given is as in Table.find.
func (s *store) add(x, y uint64, v6 *[2][16]byte, frame int64) uint32 {
	s.entries.room(s.n)
	if s.answer {
		s.answers.room(s.n)
	}
	i := uint32(s.n)
	s.n++
	e := s.entry(i)
	*e = entry{} // and field by field: made in one go it would be copied by sixteen bytes which were written by eight
	e.a, e.b = x, y&endMask
	e.note = noteOf(frame)
	if s.answer {
		*s.answers.at(i) = answered{}
	}
	if x>>kindShift&kindV6 == kindV6 {
		e.a |= uint64(s.add6(v6)) << 16
	}
	return i
}

func (s *store) add6(addrs *[2][16]byte) uint32 {
	s.v6.room(s.n6)
	i := uint32(s.n6)
	s.n6++
	*s.v6.at(i) = *addrs
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
	k.kind, k.a, k.b = e.kind(), e.a&endMask, e.b&endMask
	if k.kind&kindV6 == kindV6 {
		k.a, k.v6 = e.a&0xffff, *s.addrs6(e)
	}
	return k
}

// kind is a key's: protocol, and the IP version in the upper half.
func (e *entry) kind() uint8 { return uint8(e.a >> kindShift) }

// addrA and addrB are IPv4 addresses; with IPv6 addrA is the number of the addresses.
func (e *entry) addrA() uint32 { return uint32(e.a >> 16) }
func (e *entry) addrB() uint32 { return uint32(e.b >> 16) }

// proto is the entry's protocol.
func (e *entry) proto() decode.Proto { return decode.Proto(e.kind() & 15) }

// facts are all of them, and setFacts replaces them.
func (e *entry) facts() uint8     { return uint8(e.a >> factsShift) }
func (e *entry) setFacts(f uint8) { e.a = e.a&(1<<factsShift-1) | uint64(f)<<factsShift }

// fact is one of the sides that the facts name.
func (e *entry) fact(shift uint) Side { return Side(e.facts() >> shift & 3) }

func (e *entry) allFacts() Facts {
	return Facts{Asked: e.fact(askedShift), Answered: e.fact(answeredShift), First: e.fact(firstShift)}
}

// flags are TCP's control bits that a side sent, counted from 0.
func (e *entry) flags(side Side) uint8 { return uint8(e.b >> (flagsShift + 8*side)) }

// first and last are the times of the first and the latest packet.
func (e *entry) first() int64 { return unbiased(e.start) }
func (e *entry) last() int64 {
	if e.start == 0 {
		return NoTime
	}
	return unbiased(e.end)
}

// learn sets a fact unless it is known.
func (e *entry) learn(shift uint, s Side) {
	if e.fact(shift) == None {
		e.a |= uint64(s) << (factsShift + shift)
	}
}

// fullKey is the key of an entry with addresses.
func (s *store) fullKey(e *entry) Key {
	k := Key{Proto: e.proto(), A: Endpoint{Port: uint16(e.a)}, B: Endpoint{Port: uint16(e.b)}}
	switch {
	case e.kind()&kindV6 == kindV6:
		x := s.addrs6(e)
		k.A.Addr, k.B.Addr = netip.AddrFrom16(x[0]), netip.AddrFrom16(x[1])
	case e.kind()&kindV4 == kindV4:
		k.A.Addr, k.B.Addr = addr4(e.addrA()), addr4(e.addrB())
	}
	return k
}
