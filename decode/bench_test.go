package decode_test

import (
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
)

// BenchmarkDecode walks frames of the samples: all frames, and frames of one kind for the cost of
// the most common path. One operation is one frame.
func BenchmarkDecode(b *testing.B) {
	all := sampleFrames(b)
	for _, bench := range []struct {
		name string
		take func(p *decode.Packet) bool
	}{
		{"all", func(*decode.Packet) bool { return true }},
		{"eth-ip-tcp", layersAre(decode.IDEthernet, decode.IDIPv4, decode.IDTCP)},
		{"eth-ip-udp", layersAre(decode.IDEthernet, decode.IDIPv4, decode.IDUDP)},
		{"eth-ipv6-tcp", layersAre(decode.IDEthernet, decode.IDIPv6, decode.IDTCP)},
		{"vxlan", func(p *decode.Packet) bool {
			return len(p.Layers) > 3 &&
				p.Layers[3].ID == decode.IDVXLAN
		}},
	} {
		b.Run(bench.name, func(b *testing.B) { benchmarkDecode(b, all, bench.take) })
	}
}

func layersAre(ids ...decode.ProtocolID) func(p *decode.Packet) bool {
	return func(p *decode.Packet) bool {
		if len(p.Layers) != len(ids) {
			return false
		}
		for i, id := range ids {
			if p.Layers[i].ID != id {
				return false
			}
		}
		return true
	}
}

func benchmarkDecode(b *testing.B, all []corpustest.Frame, take func(p *decode.Packet) bool) {
	var p decode.Packet
	var frames []corpustest.Frame
	bytes := 0
	for _, f := range all {
		if p.Decode(f.Link, f.Data, f.Wire); take(&p) {
			frames = append(frames, f)
			bytes += len(f.Data)
		}
	}
	if len(frames) == 0 {
		b.Fatal("no such frame among the samples")
	}
	b.SetBytes(int64(bytes / len(frames)))
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		f := &frames[i]
		if i++; i == len(frames) {
			i = 0
		}
		p.Decode(f.Link, f.Data, f.Wire)
	}
}
