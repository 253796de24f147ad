package flow

import (
	"reflect"
	"testing"

	"github.com/portsniff/portsniff/decode"
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
		if left := lists.Frames(decode.LinkEthernet, frame, []uint32{0}, []uint32{uint32(len(frame))}, []uint32{40}, []int64{7}); left != 0 {
			t.Fatal("the quick walk does not take the test's frames")
		}
		if !singles.Quick(decode.LinkRaw, tcp(client, server, c.src, c.dst, 0), 40, 7) {
			t.Fatal("the quick walk does not take the test's packets")
		}
		raw, packet := NewPortTable(ServicePort, choose, nil), tcp(client, server, c.src, c.dst, 0)
		if left := raw.Frames(decode.LinkRaw, packet, []uint32{0}, []uint32{uint32(len(packet))}, []uint32{40}, []int64{7}); left != 0 {
			t.Fatal("the quick walk does not take the test's packets among frames")
		}
		for name, table := range map[string]*PortTable{"Frames": lists, "Frames without Ethernet": raw, "Quick": singles} {
			if got := table.Ports(); len(got) != 1 || !reflect.DeepEqual(got[0], want) || table.Total != (Count{1, 40}) {
				t.Errorf("%s of %d to %d: %+v, want %+v", name, c.src, c.dst, got, want)
			}
		}
	}
}
