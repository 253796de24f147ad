package flow

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"net/netip"

	"github.com/portsniff/portsniff/decode"
)

// A key is a Key in five words. An IPv4 address is the low 32 bits of two words.
type key struct {
	a, b [2]uint64 // addresses of the ends, in the order of addresses
	ends uint64    // port A, port B, protocol (8 bits), IP version (8 bits), from the top
}

// Places of the ports and the protocol in key.ends.
const (
	portAShift = 48
	portBShift = 32
	protoShift = 8
)

// pastBit in key.ends marks an entry whose ports another connection uses now. The key of a header
// never has it.
const pastBit = 1 << 31

// past reports whether another connection uses the ports now. gone reports whether the flow left
// the table.
func (k *key) past() bool { return k.ends&pastBit != 0 }
func (k *key) gone() bool { return k.ends == 0 }

func (k *key) portA() uint16           { return uint16(k.ends >> portAShift) }
func (k *key) portB() uint16           { return uint16(k.ends >> portBShift) }
func (k *key) proto() decode.Transport { return decode.Transport(k.ends >> protoShift) }
func (k *key) version() uint8          { return uint8(k.ends) }

// same reports whether two keys are equal. It compares words in registers; == would call a
// function.
func (k *key) same(o *key) bool {
	return (k.a[1]^o.a[1])|(k.b[1]^o.b[1])|(k.ends^o.ends)|(k.a[0]^o.a[0])|(k.b[0]^o.b[0]) == 0
}

// of sets the key of the header that q found in a frame, and returns which side sent it.
func (k *key) of(q *decode.Quick, frame []byte) Side {
	var src, dst [2]uint64
	switch q.Version {
	case 4:
		s, d := q.Addrs4(frame)
		src[1], dst[1] = uint64(s), uint64(d)
	case 6:
		s, d := q.Addrs6(frame)
		src = [2]uint64{binary.BigEndian.Uint64(s[:]), binary.BigEndian.Uint64(s[8:])}
		dst = [2]uint64{binary.BigEndian.Uint64(d[:]), binary.BigEndian.Uint64(d[8:])}
	}
	// Each end is the lower one about equally often, so no branch depends on it.
	_, swap := bits.Sub64(uint64(q.Dst), uint64(q.Src), 0)
	_, swap = bits.Sub64(dst[1], src[1], swap)
	_, swap = bits.Sub64(dst[0], src[0], swap) // 1 if the source is above the destination
	mask := -swap
	high, low, ports := (src[0]^dst[0])&mask, (src[1]^dst[1])&mask, uint64(q.Src^q.Dst)&mask
	k.a = [2]uint64{src[0] ^ high, src[1] ^ low}
	k.b = [2]uint64{dst[0] ^ high, dst[1] ^ low}
	k.ends = (uint64(q.Src)^ports)<<portAShift | (uint64(q.Dst)^ports)<<portBShift |
		uint64(q.Proto)<<protoShift | uint64(q.Version)
	return A + Side(swap)
}

// full returns the key with addresses.
func (k *key) full() Key {
	return Key{
		Proto: k.proto(),
		A:     Endpoint{k.addr(&k.a), k.portA()},
		B:     Endpoint{k.addr(&k.b), k.portB()},
	}
}

func (k *key) addr(words *[2]uint64) netip.Addr {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], words[0])
	binary.BigEndian.PutUint64(b[8:], words[1])
	switch k.version() {
	case 4:
		return netip.AddrFrom4([4]byte(b[12:]))
	case 6:
		return netip.AddrFrom16(b)
	}
	return netip.Addr{}
}

// keyOf is the reverse of key.full.
func keyOf(full Key) (k key) {
	version := uint64(0)
	switch addr := full.A.Addr; {
	case addr.Is4():
		version = 4
	case addr.Is6():
		version = 6
	}
	k.a, k.b = addrWords(full.A.Addr), addrWords(full.B.Addr)
	k.ends = uint64(full.A.Port)<<portAShift | uint64(full.B.Port)<<portBShift |
		uint64(full.Proto)<<protoShift | version
	return k
}

func addrWords(addr netip.Addr) (w [2]uint64) {
	switch {
	case addr.Is4():
		b := addr.As4()
		w[1] = uint64(binary.BigEndian.Uint32(b[:]))
	case addr.Is6():
		b := addr.As16()
		w[0], w[1] = binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:])
	}
	return w
}

// A seed makes the hashes of a table unpredictable, so that an attacker cannot send flows that all
// collide.
type seed [4]uint64

func newSeed() seed {
	return seed{rand.Uint64() | 1, rand.Uint64(), rand.Uint64() | 1, rand.Uint64() | 1}
}

// hash folds products of 64 by 64 bits, as hash/maphash does on processors without AES.
func (s *seed) hash(k *key) uint32 {
	h := fold(k.a[1]^s[0], k.b[1]^s[1])
	h = fold(h^k.a[0]^s[2], k.b[0]^s[3])
	return uint32(fold(h^k.ends, s[2]) >> 32)
}

func fold(x, y uint64) uint64 {
	hi, lo := bits.Mul64(x, y)
	return hi ^ lo
}
