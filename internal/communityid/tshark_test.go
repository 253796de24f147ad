package communityid_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/communityid"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/linktype"
)

func TestSamplesAgainstTshark(t *testing.T) {
	compare(t, corpustest.SampleFrames(t, "../../pcaps"), 800)
}

func TestCorpusAgainstTshark(t *testing.T) {
	compare(t, corpustest.CorpusFrames(t), 25_000)
}

// TestICMPTypesAgainstTshark checks that only request and reply types that form a pair share the ID
// of one flow.
func TestICMPTypesAgainstTshark(t *testing.T) {
	v4 := []byte{0x45, 3: 60, 8: 64, 9: 1, 12: 192, 14: 2, 15: 1, 16: 192, 18: 2, 19: 2}
	v6 := []byte{0x60, 5: 40, 6: 58, 7: 255, 8: 0xfe, 9: 0x80, 23: 1, 24: 0xfe, 25: 0x80, 39: 2}
	var frames []corpustest.Frame
	for _, ip := range [][]byte{v4, v6} {
		for typ := range 256 {
			b := append(slices.Clone(ip), make([]byte, 40)...)
			b[len(ip)] = byte(typ)
			frames = append(frames, corpustest.Frame{File: "types", N: int64(len(frames) + 1),
				Link: linktype.Raw, Data: b, Wire: len(b)})
		}
	}
	compare(t, frames, len(frames)-1)
}

// compare compares the ID of every frame with tshark's. At least least IDs must be equal.
func compare(t *testing.T, frames []corpustest.Frame, least int) {
	rows := corpustest.Fields(t, frames, []string{"communityid", "frame.protocols"},
		"--enable-protocol", "communityid")
	var p decode.Packet
	var fragments *decode.Fragments
	equal, begins := 0, 0
	for i, f := range frames {
		if i == 0 || frames[i-1].File != f.File {
			fragments, begins = decode.NewFragments(0), i
		}
		p.Decode(f.Link, f.Data, f.Wire)
		fragments.Observe(&p, f.N, time.Time{})
		got, row := string(communityid.AppendPacket(nil, &p)), rows[i]
		if n := inherited(&p); n > 0 { // tshark uses the ID of a packet without ports
			row = rows[begins+int(n)-1]
		}
		switch {
		case got == row[0]:
			equal++
		case known(&p, row) == "":
			t.Errorf("%s frame %d (%s): %s, tshark has %s", f.File, f.N, row[1], got, row[0])
		}
	}
	if equal < least {
		t.Errorf("%d of %d frames are equal, want %d", equal, len(frames), least)
	}
}

// inherited returns the number of the frame that the packet's ports come from, 0 if it has its own.
func inherited(p *decode.Packet) int64 {
	for _, q := range p.Ports {
		if q.Net == p.LastNet() {
			return q.InheritedFrom
		}
	}
	return 0
}

// known returns why tshark's ID differs, "" if there is no known reason.
func known(p *decode.Packet, row []string) string {
	has := func(layer string) bool { return strings.Contains(row[1]+":", ":"+layer+":") }
	switch {
	case p.LastNet() >= 0 && p.Layers[p.LastNet()].ID == decode.IDIPv6 && row[0] == "":
		return "tshark 4.0 has no ID for IPv6 without ports, except ICMPv6"
	case has("udplite"):
		return "tshark counts it as UDP; only TCP, UDP and SCTP have ports in an ID"
	case has("sflow"), has("openflow"):
		return "several packets in one; tshark takes the last of them"
	case inherited(p) > 0 && has("gtp"):
		return "the first fragment has another packet inside, the later one does not"
	case p.Stop.Err != nil, has("cfp"), p.WireLen > math.MaxUint16, row[0] == "":
		return "tshark gives up on a length that is wrong"
	case has("ipcomp"):
		return "tshark decompresses"
	}
	return ""
}
