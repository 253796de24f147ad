package decode_test

import (
	"testing"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
)

// TestFragmentsSamples checks two samples, in which frames 1 and 4 are first fragments. Two later
// ones follow each of them. The ports are those that tshark shows.
func TestFragmentsSamples(t *testing.T) {
	for file, client := range map[string]uint16{"fragments.pcap": 37801, "fragments6.pcap": 48606} {
		table := decode.NewFragments(0)
		var p decode.Packet
		n := 0
		for _, f := range corpustest.ReadFrames(t, "../pcaps", []string{"../pcaps/" + file}) {
			p.Decode(f.Link, f.Data, f.Wire)
			table.Observe(&p, f.N, time.Unix(1_800_000_000, 0))
			n++
			src, dst, first := client, uint16(7), int64(1)
			if f.N > 3 {
				src, dst, first = 7, client, 4
			}
			if len(p.Ports) != 1 || p.Ports[0].Src != src || p.Ports[0].Dst != dst ||
				p.Ports[0].Proto != decode.ProtoUDP {
				t.Errorf("%s frame %d: %+v, want %d to %d", file, f.N, p.Ports, src, dst)
				continue
			}
			inherited, reason, at := first, decode.LaterFragment, -1
			if f.N == first {
				inherited, reason = 0, decode.HasPorts
				at = p.Frag.At
			}
			if q := p.Ports[0]; q.InheritedFrom != inherited || q.At != at || p.NoPorts != reason {
				t.Errorf("%s frame %d: %+v and %q, want from frame %d at %d and %q", file, f.N, q,
					p.NoPorts, inherited, at, reason)
			}
		}
		if n != 6 || table.Counts() != (decode.FragmentCounts{Inherited: 4}) {
			t.Errorf("%s: %d frames, %+v", file, n, table.Counts())
		}
	}
}
