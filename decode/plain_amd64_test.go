//go:build !purego

package decode_test

import (
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/linktype"
)

// needWide ends a test where the processor looks at one frame after the other.
func needWide(t testing.TB) {
	t.Helper()
	was := decode.SetWide(false)
	if decode.SetWide(was); !was {
		corpustest.Missing(t, "this processor has no AVX2, no eight frames were looked at at once")
	}
}

// ethernetFrames are those of the samples that plain ones can be among.
func ethernetFrames(t testing.TB) (frames []corpustest.Frame) {
	for _, fr := range sampleFrames(t) {
		if fr.Link == linktype.Ethernet {
			frames = append(frames, fr)
		}
	}
	return frames
}

// A run is frames that lie in data one behind the other.
type run struct {
	data       []byte
	n          int
	at, caplen [decode.RunLen]uint32
}

// runOf is n of some frames, each with a few bytes before it.
func runOf(frames []corpustest.Frame, n int, rnd *rand.Rand) *run {
	r := &run{n: n}
	for i := range n {
		fr := frames[rnd.IntN(len(frames))].Data
		r.data = append(r.data, make([]byte, rnd.IntN(20))...)
		r.at[i], r.caplen[i] = uint32(len(r.data)), uint32(len(fr))
		r.data = append(r.data, fr...)
	}
	return r
}

// both checks that the same is found of each frame, whether eight are looked at at once or one, and gives how many were found eight at once, and all in all.
func (r *run) both(t *testing.T) (wide, all int) {
	t.Helper()
	var one, eight decode.Headers
	was := decode.SetWide(false)
	decode.PlainHeaders(r.data, r.n, &r.at, &r.caplen, &one)
	decode.SetWide(was)
	decode.PlainHeaders(r.data, r.n, &r.at, &r.caplen, &eight)
	for i := range r.n {
		if one.What[i] != eight.What[i] || one.What[i] != 0 && (one.Ports[i] != eight.Ports[i] || one.Addrs[i] != eight.Addrs[i]) {
			t.Errorf("frame %d of %d, at byte %d of %d, %d bytes: %x, ports %x, addresses %x; one by one %x, %x, %x", i, r.n, r.at[i], len(r.data), r.caplen[i],
				eight.What[i], eight.Ports[i], eight.Addrs[i], one.What[i], one.Ports[i], one.Addrs[i])
		}
		if one.What[i] != 0 {
			all++
		}
	}
	if len(r.data) >= decode.WideLen {
		wide = bits.OnesCount64(decode.WideAlone(r.data, r.n, &r.at, &r.caplen, &eight) & (1<<r.n - 1))
	}
	return wide, all
}

// TestEightFramesAtOnce: of frames in any order and number, as they were captured, with bytes changed, cut, and with lies about where they lie.
func TestEightFramesAtOnce(t *testing.T) {
	needWide(t)
	frames := ethernetFrames(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	wide, all := 0, 0
	for range 3000 {
		r := runOf(frames, 1+rnd.IntN(decode.RunLen), rnd)
		w, a := r.both(t)
		wide, all = wide+w, all+a
		for range 4 {
			for i := range r.n {
				switch at := r.at[i]; rnd.IntN(6) {
				case 0: // one byte of the headers
					if r.caplen[i] > 0 {
						r.data[at+rnd.Uint32N(min(r.caplen[i], 80))] = byte(rnd.Uint32())
					}
				case 1: // one bit of them
					if r.caplen[i] > 0 {
						r.data[at+rnd.Uint32N(min(r.caplen[i], 80))] ^= 1 << rnd.IntN(8)
					}
				case 2: // cut
					r.caplen[i] = min(r.caplen[i], rnd.Uint32N(90))
				}
			}
			r.both(t)
		}
		for i := range r.n {
			switch rnd.IntN(4) {
			case 0:
				r.at[i] = rnd.Uint32N(uint32(len(r.data) + 100))
			case 1:
				r.caplen[i] = rnd.Uint32N(uint32(len(r.data) + 100))
			case 2:
				r.at[i], r.caplen[i] = rnd.Uint32(), rnd.Uint32()
			}
		}
		r.both(t)
	}
	if wide < all*95/100 {
		t.Errorf("of %d plain frames %d were found eight at once", all, wide)
	}
}

// TestEveryPortEightAtOnce: a UDP datagram whose port may be a tunnel's is left to a closer look, and hardly any other is.
func TestEveryPortEightAtOnce(t *testing.T) {
	needWide(t)
	var udp []byte
	for _, fr := range ethernetFrames(t) {
		var q decode.Quick
		if q.Decode(fr.Link, fr.Data, fr.Wire) && q.Proto == decode.ProtoUDP && q.Version == 4 && q.Net == decode.EthernetLen && len(fr.Data) >= 60 {
			udp = fr.Data
			break
		}
	}
	if udp == nil {
		t.Fatal("no UDP datagram among the samples")
	}
	left, plain := 0, 0
	for _, field := range []int{0, 2} { // the source port and the destination port
		for port := 0; port < 1<<16; port += decode.RunLen {
			r := runOf([]corpustest.Frame{{Data: udp}}, decode.RunLen, rand.New(rand.NewPCG(3, uint64(port))))
			r.data = append(r.data, make([]byte, decode.WideLen)...)
			for i := range decode.RunLen {
				h := r.data[int(r.at[i])+decode.EthernetLen+20:]
				copy(h[:4], []byte{0xff, 0xfe, 0xff, 0xfe})
				h[field], h[field+1] = byte((port+i)>>8), byte(port+i)
			}
			wide, all := r.both(t)
			left, plain = left+all-wide, plain+all
		}
	}
	if tunnels := 2<<16 - plain; tunnels < 20 || tunnels > 100 || left > plain/50 {
		t.Errorf("of %d ports %d are no tunnel's, of which %d needed a closer look", 2<<16, plain, left)
	}
}

func BenchmarkPlainHeaders(b *testing.B) {
	needWide(b)
	r := runOf(ethernetFrames(b), decode.RunLen, rand.New(rand.NewPCG(5, 6)))
	var found decode.Headers
	for _, bench := range []struct {
		name string
		wide bool
	}{{"eight", true}, {"one", false}} {
		b.Run(bench.name, func(b *testing.B) {
			defer decode.SetWide(decode.SetWide(bench.wide))
			b.ReportAllocs()
			for b.Loop() {
				decode.PlainHeaders(r.data, r.n, &r.at, &r.caplen, &found)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*r.n), "ns/frame")
		})
	}
}
