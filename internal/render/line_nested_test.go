package render

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/linktype"
)

// Headers built by hand, without checksums.
const (
	ethernet = "020000000002020000000001"
	echo     = "0800000012340001"
)

// ip4 prepends an IPv4 header to a payload: from 10.0.0.1 to 10.0.0.2, or with
// inside from 192.168.0.1 to .2.
func ip4(inside bool, proto byte, fragment uint16, payload []byte) []byte {
	n := 20 + len(payload)
	h := []byte{0x45, 0, byte(n >> 8), byte(n), 0xbe, 0xef, byte(fragment >> 8), byte(fragment), 64,
		proto, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2}
	if inside {
		copy(h[12:], []byte{192, 168, 0, 1, 192, 168, 0, 2})
	}
	return append(h, payload...)
}

func udp(src, dst uint16, payload []byte) []byte {
	n := 8 + len(payload)
	return append([]byte{byte(src >> 8), byte(src), byte(dst >> 8), byte(dst), byte(n >> 8),
		byte(n), 0, 0}, payload...)
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// vxlan prepends UDP to port 4789, VXLAN and Ethernet to an IPv4 packet.
func vxlan(t *testing.T, inner []byte) []byte {
	return udp(50000, 4789, append(unhex(t, "0800000000004d00 "+ethernet+" 0800"), inner...))
}

// nestedLines returns the lines of consecutive packets of one capture, without times.
func nestedLines(t *testing.T, link linktype.Type, packets ...[]byte) string {
	t.Helper()
	var out strings.Builder
	w := NewLineWriter(LineOptions{Stamp: StampNone})
	table, fragments := flow.NewTable(flow.Options{}), decode.NewFragments(0)
	var p decode.Packet
	for i, raw := range packets {
		p.Decode(link, raw, len(raw))
		fragments.Observe(&p, int64(i+1), time.Time{})
		f := &analysis.Frame{Number: int64(i + 1), Len: len(raw), Packet: &p}
		f.Annotate(table.Add(&p, uint32(len(raw)), flow.NoTime, f.Number))
		if err := w.Packet(&out, f); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

// TestInsideOfTunnels checks that a packet inside a tunnel is shown with its own addresses, with or
// without ports, in the order of the frame.
func TestInsideOfTunnels(t *testing.T) {
	const raw = linktype.Raw
	ping := unhex(t, echo)
	unreachable := append(unhex(t, "0303000000000000"), ip4(true, 17, 0, udp(40002, 33434, nil))...)
	for _, c := range []struct {
		name string
		in   [][]byte
		want string
	}{
		{"ping in IPv4", [][]byte{ip4(false, 4, 0, ip4(true, 1, 0, ping))},
			"   1 10.0.0.1 > 10.0.0.2 IP 48B no ports: no-transport\n     \\_ ip:icmp: " +
				"192.168.0.1 > 192.168.0.2 ICMP echo\n"},
		{"ping in GRE", [][]byte{ip4(false, 47, 0,
			append(unhex(t, "00000800"), ip4(true, 1, 0, ping)...))},
			"   1 10.0.0.1 > 10.0.0.2 GRE 52B no ports: no-transport\n     \\_ gre:ip:icmp: " +
				"192.168.0.1 > 192.168.0.2 ICMP echo\n"},
		{"ping", [][]byte{ip4(false, 1, 0, ping)},
			"   1 10.0.0.1 > 10.0.0.2 ICMP echo 28B no ports: no-transport\n"},
		{"ICMP error in VXLAN", [][]byte{ip4(false, 17, 0, vxlan(t, ip4(true, 1, 0, unreachable)))},
			"   1 10.0.0.1:50000 dyn > 10.0.0.2:4789/vxlan reg UDP 106B\n" +
				"     \\_ via udp/4789 vxlan:eth:ip:icmp: 192.168.0.1 > 192.168.0.2 ICMP port " +
				"unreachable\n" +
				"     \\_ quoted: 192.168.0.1:40002 reg > 192.168.0.2:33434/traceroute reg UDP\n"},
		{"later fragment in VXLAN", [][]byte{ip4(false, 17, 0,
			vxlan(t, ip4(true, 17, 0x2000, udp(40001, 7, make([]byte, 16))))),
			ip4(false, 17, 0, vxlan(t, ip4(true, 17, 3, make([]byte, 8))))},
			"   1 10.0.0.1:50000 dyn > 10.0.0.2:4789/vxlan reg UDP 94B\n" +
				"     \\_ via udp/4789 vxlan:eth:ip: 192.168.0.1:40001 reg > 192.168.0.2:7/echo " +
				"sys UDP\n" +
				"   2 10.0.0.1:50000 dyn > 10.0.0.2:4789/vxlan reg UDP 78B\n" +
				"     \\_ via udp/4789 vxlan:eth:ip: 192.168.0.1 > 192.168.0.2 UDP fragment\n" +
				"     \\_ no ports: later-fragment, byte 24 of datagram 0xbeef\n" +
				"     \\_ ports are in frame 1: 192.168.0.1:40001 reg > 192.168.0.2:7/echo sys " +
				"UDP\n"},
	} {
		if got := nestedLines(t, raw, c.in...); got != c.want {
			t.Errorf("%s: got\n%swant\n%s", c.name, got, c.want)
		}
	}
}

// TestSiblings checks packets that follow each other in one frame. Each is inside the same header,
// and none is inside the previous one.
func TestSiblings(t *testing.T) {
	subframe := func(dst uint16) string {
		packet := hex.EncodeToString(ip4(true, 17, 0, udp(40001, dst, nil)))
		return "020000000002 020000000001 0024 aaaa03 000000 0800" + packet
	}
	// 802.11 QoS data, A-MSDU of two
	frame := unhex(t, "8801 0000 020000000001 020000000002 020000000003 1000 8000"+subframe(53)+
		"0000"+subframe(123))
	want := "   1 192.168.0.1:40001 reg > 192.168.0.2:53/domain sys UDP 128B\n" +
		"     \\_ wlan:wlan_aggregate:llc:snap:ip: 192.168.0.1:40001 reg > 192.168.0.2:123/ntp " +
		"sys UDP\n"
	if got := nestedLines(t, 105, frame); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestStations checks that a frame without IP shows its stations, the sender first.
func TestStations(t *testing.T) {
	lldp := unhex(t, "0180c200000e 020000000007 88cc 0207")
	want := "   1 02:00:00:00:00:07 > 01:80:c2:00:00:0e LLDP 16B no ports: not-ip\n"
	if got := nestedLines(t, linktype.Ethernet, lldp); got != want {
		t.Errorf("got %swant %s", got, want)
	}
}
