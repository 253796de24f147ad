package flow

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"net/netip"

	"github.com/portsniff/portsniff/decode"
)

// A key is a Key in few words: for IPv4 both addresses and ports; for IPv6 the ports, and the addresses apart.
type key struct {
	a, b uint64      // end A and end B: an IPv4 address and 16 bits of port, or the port alone
	kind uint8       // protocol, and the IP version in the upper half
	from Side        // who sent the packet
	v6   [2][16]byte // addresses of A and B
}

// endA is end A with the kind above it, as entries have it.
func (k *key) endA() uint64 { return k.a | uint64(k.kind)<<kindShift }

const (
	kindV4 = 4 << 4
	kindV6 = 6 << 4
)

// of takes an item's key. The end with the lower address is A, or the one with the lower port where the addresses are equal, as in KeyOf.
func (k *key) of(it *Item) {
	k.kind = uint8(it.Proto) | it.Version<<4
	if it.Version == 6 {
		k.a, k.b, k.from = ends6(&it.Quick, it.Data, &k.v6)
		return
	}
	k.a, k.b, k.from = ends4(&it.Quick, it.Data)
}

// ends4 are the ends of a header in IPv4 or in no IP, and which of them sent it.
func ends4(q *decode.Quick, data []byte) (a, b uint64, from Side) {
	src, dst := uint64(q.Src), uint64(q.Dst)
	if q.Version == 4 {
		s, d := q.Addrs4(data)
		src, dst = src|uint64(s)<<16, dst|uint64(d)<<16
	}
	return order(src, dst)
}

// order puts the ends of a header in order, and tells which of them sent it.
func order(src, dst uint64) (a, b uint64, from Side) {
	return min(src, dst), max(src, dst), A + Side(bit(src > dst)) // which is as likely as not: no branch
}

// ends6 are the ends of a header in IPv6, whose addresses go to v6.
func ends6(q *decode.Quick, data []byte, v6 *[2][16]byte) (a, b uint64, from Side) {
	s, d := q.Addrs6(data)
	return order6(s, d, q.Src, q.Dst, v6)
}

// order6 puts ends in IPv6 in order, and tells which of them sent the header. The addresses go to v6. Which one is lower is as likely as not: no branch.
func order6(s, d *[16]byte, src, dst uint16, v6 *[2][16]byte) (a, b uint64, from Side) {
	sh, sl := binary.BigEndian.Uint64(s[:]), binary.BigEndian.Uint64(s[8:])
	dh, dl := binary.BigEndian.Uint64(d[:]), binary.BigEndian.Uint64(d[8:])
	_, above := bits.Sub64(dl, sl, 0)
	_, above = bits.Sub64(dh, sh, above) // 1 if the source's address is above the destination's
	if sh == dh && sl == dl {
		above = uint64(bit(src > dst))
	}
	high, low, ports := (sh^dh)&-above, (sl^dl)&-above, uint64(src^dst)&-above
	binary.BigEndian.PutUint64(v6[0][:], sh^high)
	binary.BigEndian.PutUint64(v6[0][8:], sl^low)
	binary.BigEndian.PutUint64(v6[1][:], dh^high)
	binary.BigEndian.PutUint64(v6[1][8:], dl^low)
	return uint64(src) ^ ports, uint64(dst) ^ ports, A + Side(above)
}

// same16 compares by words in registers, where == would call.
func same16(x, y *[16]byte) bool {
	return binary.LittleEndian.Uint64(x[:]) == binary.LittleEndian.Uint64(y[:]) && binary.LittleEndian.Uint64(x[8:]) == binary.LittleEndian.Uint64(y[8:])
}

// A seed makes the table's places unknown to whoever sends the packets: nobody can send flows that all meet in one place.
type seed [4]uint64

func newSeed() seed {
	return seed{rand.Uint64() | 1, rand.Uint64(), rand.Uint64() | 1, rand.Uint64()}
}

// hash folds products of 64 by 64 bits, which is what hash/maphash does where the processor does not help it.
func (s *seed) hash(k *key) uint32 {
	if k.kind&kindV6 == kindV6 {
		return s.hash6(k.a, k.b, k.kind, &k.v6)
	}
	return s.hash4(k.a, k.b, k.kind)
}

// hash4 is the hash of a key without IPv6 addresses.
func (s *seed) hash4(a, b uint64, kind uint8) uint32 {
	return s.last(fold(a^s[0], b^s[1]^uint64(kind)<<56))
}

// hash6 is the hash of a key with such.
func (s *seed) hash6(a, b uint64, kind uint8, v6 *[2][16]byte) uint32 {
	h := fold(a^s[0], b^s[1]^uint64(kind)<<56)
	for i := range v6 {
		x := &v6[i]
		h = fold(h^binary.LittleEndian.Uint64(x[:])^s[2], binary.LittleEndian.Uint64(x[8:])^s[3])
	}
	return s.last(h)
}

func (s *seed) last(h uint64) uint32 { return uint32(fold(h^s[2], s[3]|1) >> 32) }

func fold(x, y uint64) uint64 {
	hi, lo := bits.Mul64(x, y)
	return hi ^ lo
}

// addr4 is an IPv4 address from a number.
func addr4(n uint32) netip.Addr {
	var a [4]byte
	binary.BigEndian.PutUint32(a[:], n)
	return netip.AddrFrom4(a)
}
