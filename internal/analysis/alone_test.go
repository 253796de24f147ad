package analysis_test

import (
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/testkit"
	"github.com/portsniff/portsniff/linktype"
)

// AnnotateAlone does not allocate a flow table.
func TestAnnotateAloneIsCheap(t *testing.T) {
	frame := testkit.Nested("vlan", 2)
	var p decode.Packet
	p.Decode(linktype.Ethernet, frame, len(frame))
	f := analysis.Frame{Packet: &p, Len: len(frame)}
	const limit = 4 << 10
	if n := testkit.Allocated(f.AnnotateAlone); n > limit {
		t.Errorf("%d bytes, want at most %d", n, limit)
	}
	if len(f.Transport) != 1 || f.Transport[0].Client != "src" || f.Transport[0].Evidence != "syn" {
		t.Errorf("%+v", f.Transport)
	}
}
