package flow

import (
	"reflect"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/linktype"
)

// Port 0 is reserved and nobody's service: where one of the numbers is 0, the bit that decides in most cases does not, whichever way packets come in.
func TestPortZeroDoesNotDecide(t *testing.T) {
	const low = 1 << 15
	choose := Chooser{Low: low, Choose: func(_ decode.Proto, src, dst uint16) bool { return src == 0 || dst != 0 && dst < src }}
	for _, c := range []struct {
		src, dst, port uint16
		to             bool // sent to the port
	}{
		{0, 50000, 50000, true}, {50000, 0, 50000, false}, {80, 50000, 80, false}, {50000, 80, 80, true}, {0, 80, 80, true}, {80, 0, 80, false}, {0, 0, 0, true},
	} {
		want := Port{PortKey: PortKey{decode.ProtoTCP, c.port}, First: 7, Last: 7}
		if c.to {
			want.To.Add(40)
		} else {
			want.From.Add(40)
		}
		lists, singles := NewPortTable(ServicePort, choose, nil), NewPortTable(ServicePort, choose, nil)
		frame := append([]byte{12: 0x08, 13: 0x00}, tcp(client, server, c.src, c.dst, 0)...)
		if left := lists.Run(runOf(linktype.Ethernet, frame, 40, 7)); left != 0 {
			t.Fatal("the quick walk does not take the test's frames")
		}
		if !singles.Quick(linktype.Raw, tcp(client, server, c.src, c.dst, 0), 40, 7) {
			t.Fatal("the quick walk does not take the test's packets")
		}
		raw, packet := NewPortTable(ServicePort, choose, nil), tcp(client, server, c.src, c.dst, 0)
		if left := raw.Run(runOf(linktype.Raw, packet, 40, 7)); left != 0 {
			t.Fatal("the quick walk does not take the test's packets among frames")
		}
		for name, table := range map[string]*PortTable{"Run": lists, "Run without Ethernet": raw, "Quick": singles} {
			if got := table.Ports(); len(got) != 1 || !reflect.DeepEqual(got[0], want) || table.Total != (Count{1, 40}) {
				t.Errorf("%s of %d to %d: %+v, want %+v", name, c.src, c.dst, got, want)
			}
		}
	}
}

// newRun is a run of no packets; put adds one.
func newRun(link linktype.Type) *Run {
	return &Run{Link: link, At: new([runLen]uint32), Len: new([runLen]uint32), Length: new([runLen]uint32), Nanos: new([runLen]int64)}
}

func (r *Run) put(frame []byte, length uint32, nanos int64) {
	r.At[r.N], r.Len[r.N], r.Length[r.N], r.Nanos[r.N] = uint32(len(r.Data)), uint32(len(frame)), length, nanos
	r.Data = append(r.Data, frame...)
	r.N++
}

// runOf is a run of one packet.
func runOf(link linktype.Type, frame []byte, length uint32, nanos int64) *Run {
	r := newRun(link)
	r.put(frame, length, nanos)
	return r
}
