package decode_test

import (
	"slices"
	"testing"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/linktype"
)

// seedsPerFile is the number of frames of each sample that the fuzzer starts from. The first frames
// contain every kind of header in it.
const seedsPerFile = 16

// addSeeds passes frames of the samples to the fuzzer, and fails if there are none.
func addSeeds(f *testing.F, add func(fr corpustest.Frame)) {
	for _, fr := range sampleFrames(f) {
		if fr.N <= seedsPerFile {
			add(fr)
		}
	}
}

// FuzzDecode checks that the result of a walk is consistent for any bytes.
func FuzzDecode(f *testing.F) {
	addSeeds(f, func(fr corpustest.Frame) { f.Add(uint32(fr.Link), fr.Wire, fr.Data) })
	f.Fuzz(func(t *testing.T, link uint32, wire int, data []byte) {
		var p, again decode.Packet
		// data from an earlier frame must not remain
		again.Decode(linktype.Ethernet, make([]byte, 60), 60)
		p.Decode(linktype.Type(link), data, wire)
		again.Decode(linktype.Type(link), data, wire)
		if p.Link != linktype.Type(link) {
			t.Errorf("link type %d", p.Link)
		}
		holdsTogether(t, &p, &again)
	})
}

// FuzzDecodeAs makes the same checks with any first header.
func FuzzDecodeAs(f *testing.F) {
	var p decode.Packet
	addSeeds(f, func(fr corpustest.Frame) {
		p.Decode(fr.Link, fr.Data, fr.Wire)
		for _, l := range p.Layers {
			f.Add(uint8(l.ID), fr.Wire-l.At, fr.Data[l.At:])
		}
	})
	ids := decode.IDs()
	f.Fuzz(func(t *testing.T, id uint8, wire int, data []byte) {
		var p, again decode.Packet
		first := ids[max(0, int(id)-1)%len(ids)]
		p.DecodeAs(first, data, wire)
		again.DecodeAs(first, data, wire)
		holdsTogether(t, &p, &again)
	})
}

// TestInvariantsCorpus makes the same checks on every frame of real captures, also cut in the
// middle of each header.
func TestInvariantsCorpus(t *testing.T) {
	var p, again, cut decode.Packet
	for _, fr := range corpustest.CorpusFrames(t) {
		p.Decode(fr.Link, fr.Data, fr.Wire)
		again.Decode(fr.Link, fr.Data, fr.Wire)
		for _, l := range again.Layers {
			short := fr.Data[:min(l.At+l.Len/2, len(fr.Data))]
			cut.Decode(fr.Link, short, fr.Wire)
			p.Decode(fr.Link, short, fr.Wire)
			holdsTogether(t, &p, &cut)
		}
		p.Decode(fr.Link, fr.Data, fr.Wire)
		if holdsTogether(t, &p, &again); t.Failed() {
			t.Fatalf("%s frame %d", fr.File, fr.N)
		}
	}
}

// holdsTogether checks what must be true of any walk. again is a second walk over the same bytes
// and must have the same result.
func holdsTogether(t *testing.T, p, again *decode.Packet) {
	t.Helper()
	if p.WireLen < len(p.Data) {
		t.Errorf("%d bytes on the wire, %d captured", p.WireLen, len(p.Data))
	}
	if !slices.Equal(p.Layers, again.Layers) || !slices.Equal(p.Ports, again.Ports) ||
		p.NoPorts != again.NoPorts || p.Stop != again.Stop || p.Frag != again.Frag {
		t.Errorf("first %+v %+v %s, then %+v %+v %s", p.Layers, p.Ports, p.NoPorts, again.Layers,
			again.Ports, again.NoPorts)
	}
	headers := headersCheck{t: t, packet: p}
	for i, l := range p.Layers {
		headers.layer("fuzz", i)
		if l.At < 0 || l.At > len(p.Data) || l.Len < 0 || l.End < l.At || l.End > p.WireLen {
			t.Errorf("layer %d %+v, %d bytes of %d", i, l, len(p.Data), p.WireLen)
		}
		tiles(t, p, i)
		if c := p.Check(i); (c.Sum == decode.Unknowable) != (c.Why != decode.WhyNot) {
			t.Errorf("layer %d %+v: %+v", i, l, c)
		}
		p.NextName(i)
		p.Addrs(i)
	}
	portsHold(t, p)
	if p.Stop.Err != nil && p.Stop.Error() == "" {
		t.Errorf("silent stop %+v", p.Stop)
	}
	table := decode.NewFragments(2)
	for n := range int64(3) {
		ports := len(p.Ports)
		table.Observe(p, n+1, time.Unix(n, 0))
		if added := p.Ports[ports:]; len(added) > 1 || len(added) == 1 &&
			(added[0].At != -1 || added[0].InheritedFrom <= 0) {
			t.Errorf("inherited %+v", added)
		}
	}
}

// portsHold checks that ports are within the captured bytes. There must be a reason exactly if
// there are no ports.
func portsHold(t *testing.T, p *decode.Packet) {
	t.Helper()
	own := false
	for _, q := range p.Ports {
		own = own || !q.Quoted
		if q.At < 0 || q.At+4 > len(p.Data) || q.Layer < 0 || q.Layer >= len(p.Layers) ||
			q.Net < -1 || q.Net >= q.Layer || q.InheritedFrom != 0 {
			t.Errorf("ports %+v of %d bytes and %d layers", q, len(p.Data), len(p.Layers))
			continue
		}
		if l := p.Layers[q.Layer]; l.Quoted != q.Quoted || q.At < l.At || q.At+4 > l.At+l.Len {
			t.Errorf("ports %+v outside of %+v", q, l)
		}
		src, dst := uint16(p.Data[q.At])<<8|uint16(p.Data[q.At+1]),
			uint16(p.Data[q.At+2])<<8|uint16(p.Data[q.At+3])
		if q.Src != src || q.Dst != dst {
			t.Errorf("ports %+v, the bytes are %d and %d", q, src, dst)
		}
	}
	if own != (p.NoPorts == decode.HasPorts) {
		t.Errorf("own ports %v, reason %q", own, p.NoPorts)
	}
}

// tiles checks that the fields of a header cover every bit of it once.
func tiles(t *testing.T, p *decode.Packet, i int) {
	t.Helper()
	l := p.Layers[i]
	bit := 8 * l.At
	for _, f := range p.Fields(i) {
		if f.At != bit || f.Width <= 0 {
			t.Errorf("%s %+v: %s at bit %d of width %d, should be at %d", l.ID, l, f.Key, f.At,
				f.Width, bit)
			return
		}
		bit += f.Width
		if !f.Cut && (bit > 8*len(p.Data) || len(f.Raw) == 0) {
			t.Errorf("%s %+v: %s ends at bit %d of %d", l.ID, l, f.Key, bit, 8*len(p.Data))
		}
		f.Meaning()
		if f.Key == "data" && !f.Cut && (p.Stop.Err == nil || p.Stop.At != l.At) {
			t.Errorf("%s %+v: no field has its bytes from bit %d on", l.ID, l, f.At)
		}
	}
	if bit != 8*(l.At+l.Len) {
		t.Errorf("%s %+v: the fields end at bit %d, the header at %d", l.ID, l, bit, 8*(l.At+l.Len))
	}
}
