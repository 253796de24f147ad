package flow

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"net/netip"
)

// A key is a Key in few words: for IPv4 both addresses and ports; for IPv6 the ports, and the addresses apart.
type key struct {
	a, b uint64      // end A and end B: an IPv4 address and 16 bits of port, or the port alone
	kind uint8       // protocol, and the IP version in the upper half
	from Side        // who sent the packet
	v6   [2][16]byte // addresses of A and B
}

const (
	kindV4 = 4 << 4
	kindV6 = 6 << 4
)

// of takes an item's key. The end with the lower address is A, or the one with the lower port where the addresses are equal, as in KeyOf.
func (k *key) of(it *Item) {
	k.kind = uint8(it.Proto) | it.Version<<4
	src, dst := uint64(it.Src), uint64(it.Dst)
	k.from = A
	switch it.Version {
	case 4:
		s, d := it.Addrs4(it.Data)
		src, dst = src|uint64(s)<<16, dst|uint64(d)<<16
	case 6:
		if k.ofV6(it) {
			k.a, k.b = src, dst
			return
		}
		k.a, k.b, k.from = dst, src, B
		return
	}
	k.from = A + Side(bit(src > dst)) // which is as likely as not: no branch
	k.a, k.b = min(src, dst), max(src, dst)
}

// ofV6 takes the IPv6 addresses and reports whether the source is A.
func (k *key) ofV6(it *Item) bool {
	s, d := it.Addrs6(it.Data)
	c := compare16(s, d)
	if c < 0 || c == 0 && it.Src <= it.Dst {
		k.v6 = [2][16]byte{*s, *d}
		return true
	}
	k.v6 = [2][16]byte{*d, *s}
	return false
}

// same16 compares by words in registers, where == would call.
func same16(x, y *[16]byte) bool {
	return binary.LittleEndian.Uint64(x[:]) == binary.LittleEndian.Uint64(y[:]) && binary.LittleEndian.Uint64(x[8:]) == binary.LittleEndian.Uint64(y[8:])
}

func compare16(x, y *[16]byte) int {
	for i := 0; i < 16; i += 8 {
		a, b := binary.BigEndian.Uint64(x[i:]), binary.BigEndian.Uint64(y[i:])
		switch {
		case a < b:
			return -1
		case a > b:
			return 1
		}
	}
	return 0
}

// A seed makes the table's places unknown to whoever sends the packets: nobody can send flows that all meet in one place.
type seed [4]uint64

func newSeed() seed {
	return seed{rand.Uint64() | 1, rand.Uint64(), rand.Uint64() | 1, rand.Uint64()}
}

// hash folds products of 64 by 64 bits, which is what hash/maphash does where the processor does not help it.
func (s *seed) hash(k *key) uint32 {
	h := fold(k.a^s[0], k.b^s[1]^uint64(k.kind)<<56)
	if k.kind&kindV6 == kindV6 {
		for i := range k.v6 {
			x := &k.v6[i]
			h = fold(h^binary.LittleEndian.Uint64(x[:])^s[2], binary.LittleEndian.Uint64(x[8:])^s[3])
		}
	}
	return uint32(fold(h^s[2], s[3]|1) >> 32)
}

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
