package flow

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/portsniff/portsniff/decode"
)

// Every word of a seed is random, so the sender of packets cannot guess it.
func TestSeedsAreRandom(t *testing.T) {
	seen := map[uint64]bool{}
	for range 100 {
		for i, word := range newSeed() {
			if seen[word] {
				t.Fatalf("word %d is %#x for a second time", i, word)
			}
			seen[word] = true
		}
	}
}

// Flows that differ in only one part of the key, like those of a scan, have different hashes. With
// 2^32 hashes, about one pair of 65,536 flows collides by chance. 100 pairs would mean that a part
// of the key hardly affects the hash.
func TestHashesDiffer(t *testing.T) {
	v4 := func(n uint32) netip.Addr {
		return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, n)))
	}
	v6 := func(network, host uint64) netip.Addr {
		b := binary.BigEndian.AppendUint64(nil, network)
		return netip.AddrFrom16([16]byte(binary.BigEndian.AppendUint64(b, host)))
	}
	const network = 0x20010db8 << 32
	for name, change := range map[string]func(k *Key, n uint32){
		"source":              func(k *Key, n uint32) { k.A.Addr = v4(10<<24 + n) },
		"destination":         func(k *Key, n uint32) { k.B.Addr = v4(10<<24 + n) },
		"high half of source": func(k *Key, n uint32) { k.A.Addr = v4(n << 16) },
		"source port":         func(k *Key, n uint32) { k.A.Port = uint16(n) },
		"destination port":    func(k *Key, n uint32) { k.B.Port = uint16(n) },
		"source, IPv6":        func(k *Key, n uint32) { k.A.Addr = v6(network, uint64(n)) },
		"destination, IPv6":   func(k *Key, n uint32) { k.B.Addr = v6(network, uint64(n)) },
		"source network":      func(k *Key, n uint32) { k.A.Addr = v6(network+uint64(n), 1) },
		"destination network": func(k *Key, n uint32) { k.B.Addr = v6(network+uint64(n), 1) },
		"ports of both at once": func(k *Key, n uint32) {
			k.A.Port, k.B.Port = uint16(n),
				uint16(n)
		},
	} {
		seed, seen := newSeed(), map[uint32]bool{}
		for n := range uint32(1 << 16) {
			full := Key{Proto: decode.ProtoTCP, A: Endpoint{Addr: v4(192<<24 + 1), Port: 50000},
				B: Endpoint{Addr: v4(192<<24 + 2), Port: 80}}
			change(&full, n)
			k := keyOf(full)
			seen[seed.hash(&k)] = true
		}
		if alike := 1<<16 - len(seen); alike > 100 {
			t.Errorf("%s: %d of 65536 flows have another's hash", name, alike)
		}
	}
}
