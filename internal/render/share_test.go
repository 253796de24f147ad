package render

import (
	"bytes"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

func TestBar(t *testing.T) {
	for _, c := range []struct {
		n, of  uint64
		blocks bool
		want   string
	}{
		{10, 10, false, "##########"}, {1, 1000, false, "#"}, {0, 10, false, ""}, {5, 0, false, ""},
		{34, 100, false, "###"}, {20, 10, false, "##########"},
		{10, 10, true, "██████████"}, {1, 1000, true, "▏"}, {0, 10, true, ""},
		{50, 100, true, "█████"}, {55, 100, true, "█████▌"},
		{99, 100, true, "█████████▉"},
		{20, 10, true, "██████████"},
	} {
		if got := bar(c.n, c.of, 10, c.blocks); got != c.want {
			t.Errorf("%d of %d: %q, want %q", c.n, c.of, got, c.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 12345: "12,345",
		1234567: "1,234,567", 1<<64 - 1: "18,446,744,073,709,551,615"} {
		if got := (Style{Group: true}).number(n); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if got := (Style{}).number(n); got != strings.ReplaceAll(want, ",", "") {
			t.Errorf("%q is grouped", got)
		}
	}
	for x, want := range map[float64]string{0: "0.0 bit/s", 999.9: "999.9 bit/s",
		999.96: "1.0 kbit/s", 98_230_000: "98.2 Mbit/s", 3e15: "3000.0 Tbit/s"} {
		if got := si(x, "bit/s"); got != want {
			t.Errorf("%v: %q, want %q", x, got, want)
		}
	}
}

// TestShareFollowsOrder checks that shares and bars show the quantity that rows are sorted by.
// Computed by hand: port 80 has 3 of 4 packets, 300 of 1,200 bytes and 1 of 3 flows.
func TestShareFollowsOrder(t *testing.T) {
	port := func(n uint16, packets, bytes, flows uint64) flow.Port {
		return flow.Port{PortKey: flow.PortKey{Proto: decode.ProtoTCP, Port: n}, Flows: flows,
			To: flow.Count{Packets: packets, Bytes: bytes}, First: flow.NoTime, Last: flow.NoTime}
	}
	for by, want := range map[flow.By][4]string{
		flow.ByPackets: {"of packets", "75.0%  ##########", "25.0%  ###", "packets"},
		flow.ByBytes:   {"of bytes", "25.0%  ###", "75.0%  ##########", "bytes"},
		flow.ByFlows:   {"of flows", "33.3%  #####", "66.7%  ##########", "flows"},
		flow.ByPort:    {"of packets", "75.0%  ##########", "25.0%  ###", "packets"},
	} {
		v := &PortView{Ports: []flow.Port{port(80, 3, 300, 1), port(443, 1, 900, 2)}, Flows: true,
			By: by}
		v.Total = flow.Count{Packets: 4, Bytes: 1200}
		var text, data bytes.Buffer
		if err := v.Write(&text, FormatText, Style{Width: 90}); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(text.String(), "\n")
		for i, w := range want[:3] {
			if !strings.HasSuffix(lines[i], w) {
				t.Errorf("%v: %q does not end with %q", by, lines[i], w)
			}
		}
		if err := v.Write(&data, FormatJSON, Style{}); err != nil ||
			!strings.Contains(data.String(), `"share_of":"`+want[3]+`"`) {
			t.Errorf("%v: %v %s", by, err, data.String())
		}
	}
}
