package decode_test

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/linktype"
)

// sum computes the checksum of RFC 1071, word by word.
func sum(b []byte) uint16 {
	var n uint64
	for i := 0; i < len(b); i += 2 {
		n += uint64(b[i]) << 8
		if i+1 < len(b) {
			n += uint64(b[i+1])
		}
	}
	for n > 0xffff {
		n = n>>16 + n&0xffff
	}
	return uint16(n)
}

// greHeader is a GRE header with a checksum (RFC 2784 section 2.1) before IPv6. It has no length
// field.
var greHeader = []byte{0x80, 0, 0x86, 0xdd, 0, 0, 0, 0}

// greNest returns an IPv6 packet with depth nested GRE and IPv6 headers around payload. None of its
// headers contains its length. The GRE checksums are correct.
func greNest(depth int, payload []byte) []byte {
	ip := make([]byte, 40)
	ip[0], ip[6], ip[23], ip[39] = 0x60, 47, 1, 2
	var out []byte
	for range depth {
		out = append(append(out, ip...), greHeader...)
	}
	last := append([]byte{}, ip...)
	last[6] = 59 // no next header
	out = append(append(out, last...), payload...)
	for i := depth - 1; i >= 0; i-- {
		b := out[48*i+40:]
		binary.BigEndian.PutUint16(b[4:], ^sum(b))
	}
	return out
}

// TestNestedChecksums checks that each of several nested checksums covers its own bytes, wherever
// it begins. A PPP header with a compressed protocol field (RFC 1661 section 6.5) is one byte long.
func TestNestedChecksums(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var p decode.Packet
	for n := range 60 {
		payload := make([]byte, random.IntN(40_000))
		for i := range payload {
			if n%3 > 0 { // else all bytes are zero
				payload[i] = byte(random.Uint32())
			}
		}
		data, link := greNest(1+random.IntN(20), payload), linktype.IPv6
		if n%2 == 1 {
			data, link = append([]byte{0x57}, data...), linktype.PPP
		}
		p.Decode(link, data, len(data))
		gre := 0
		for i, l := range p.Layers {
			if l.ID != decode.IDGRE {
				continue
			}
			gre++
			if got, want := p.Check(i), binary.BigEndian.Uint16(data[l.At+
				4:]); got.Sum != decode.Good || got.Want != uint32(want) {
				t.Errorf("%d bytes, GRE at %d: %s, %04x; want %04x", len(data), l.At, got.Sum,
					got.Want, want)
			}
			data[l.At+8] ^= 0x40
			p.Decode(link, data, len(data))
			if got := p.Check(i).Sum; got == decode.Good {
				t.Errorf("%d bytes, GRE at %d: a wrong sum is %s", len(data), l.At, got)
			}
			data[l.At+8] ^= 0x40
			p.Decode(link, data, len(data))
		}
		if gre == 0 {
			t.Fatalf("no GRE header: %v", p.Layers)
		}
	}
}

// TestNestedChecksumsReadBytesOnce checks that the checksums of a hundred nested headers take about
// as long as the outermost one. A frame may have megabytes.
func TestNestedChecksumsReadBytesOnce(t *testing.T) {
	const few, many, limit = 2, 100, 25 // 50 if bytes are read again for each header
	var took [2]time.Duration
	for i, depth := range []int{few, many} {
		data := greNest(depth, make([]byte, 4<<20))
		took[i] = time.Hour
		for range 5 {
			var p decode.Packet
			p.Decode(linktype.IPv6, data, len(data))
			began := time.Now()
			for layer := range p.Layers {
				if p.Layers[layer].ID == decode.IDGRE && p.Check(layer).Sum != decode.Good {
					t.Fatal(p.Check(layer))
				}
			}
			took[i] = min(took[i], time.Since(began))
		}
	}
	if took[1] > limit*took[0] {
		t.Errorf("%d headers take %v, %d take %v", few, took[0], many, took[1])
	}
}

// TestChecksumOfZeros checks that an ICMP message of zeros has a bad checksum, whatever its length.
// The correct one is 0xffff. It also means zero, but a sum over zeros only is a special case.
func TestChecksumOfZeros(t *testing.T) {
	for _, n := range []int{8, 30_000} {
		data := make([]byte, 20+n)
		copy(data, []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, 1})
		binary.BigEndian.PutUint16(data[2:], uint16(len(data)))
		var p decode.Packet
		p.Decode(linktype.IPv4, data, len(data))
		if got := p.Check(1); got.Sum != decode.Bad || got.Want != 0xffff {
			t.Errorf("%d bytes: %+v", n, got)
		}
	}
}
