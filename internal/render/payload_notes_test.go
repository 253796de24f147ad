package render

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"syscall"
	"testing"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/linktype"
)

// saying returns the Payload that text is recognized as.
func saying(t *testing.T, proto decode.Transport, payload string) annotate.Payload {
	t.Helper()
	s := annotate.Recognize(proto, []byte(payload))
	if s == 0 {
		t.Fatalf("%q is not recognized", payload)
	}
	return s
}

// payloadView returns a view of three ports: 443 with expected and unexpected payloads, 123 with an
// uncertain one, and a port without payloads.
func payloadView(t *testing.T) *PortView {
	tcp, udp := decode.ProtoTCP, decode.ProtoUDP
	tls, ssh := saying(t, tcp, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
		saying(t, tcp, "SSH-2.0-OpenSSH_9.6\r\n")
	ntp := saying(t, udp, "\x23"+strings.Repeat("\x00", 47))
	port := func(p decode.Transport, n uint16, packets, flows uint64,
		says ...flow.PayloadCount) flow.Port {
		return flow.Port{PortKey: flow.PortKey{Proto: p, Port: n}, Flows: flows,
			To: flow.Count{Packets: packets, Bytes: 100 * packets}, First: flow.NoTime,
			Last:    flow.NoTime,
			Clients: flow.Cardinality{N: 1}, Servers: flow.Cardinality{N: 1}, Payloads: says}
	}
	v := &PortView{Flows: true, Ports: []flow.Port{
		port(tcp, 443, 60, 16, flow.PayloadCount{Payload: tls, Flows: 12, Frame: 20},
			flow.PayloadCount{Payload: ssh, Flows: 3, Frame: 7}),
		port(udp, 123, 30, 2, flow.PayloadCount{Payload: ntp, Flows: 2, Frame: 5}),
		port(tcp, 22, 5, 2, flow.PayloadCount{Payload: ssh, Flows: 1, Frame: 90},
			flow.PayloadCount{Payload: tls, Flows: 1, Frame: 91}),
		port(tcp, 9, 5, 1)}}
	v.Total = flow.Count{Packets: 100, Bytes: 10_000}
	return v
}

// TestPortPayloads checks that a table of ports shows payloads in a column, or in a list below it
// on narrow terminals. Contradictions always follow, the earliest first, including those of rows
// that are left out.
func TestPortPayloads(t *testing.T) {
	const against = "443/tcp is assigned to https; the bytes say SSH-2.0 " +
		"(3 flows, the first one from frame 7)\n" +
		"22/tcp is assigned to ssh; the bytes say a TLS ClientHello or ServerHello " +
		"(1 flow, the first one from frame 91)\n"
	const end = "100 packets, 10000 bytes on the wire\n"
	for _, c := range []struct {
		what   string
		change func(v *PortView)
		width  int
		want   string
	}{
		{"a column", func(*PortView) {}, 90,
			`port/proto  service  range   flows  packets  bytes  payload         of packets
443/tcp     https    system     16       60   6000  12 tls + 3 ssh       60.0%  ##########
123/udp     ntp      system      2       30   3000  2 ntp?               30.0%  #####
22/tcp      ssh      system      2        5    500  1 ssh + 1 tls         5.0%  #
9/tcp       discard  system      1        5    500                        5.0%  #
` + against + end},
		{"a list", func(*PortView) {}, 70,
			`port/proto  service  range   flows  packets  bytes  of packets
443/tcp     https    system     16       60   6000       60.0%  ######
123/udp     ntp      system      2       30   3000       30.0%  ###
22/tcp      ssh      system      2        5    500        5.0%  #
9/tcp       discard  system      1        5    500        5.0%  #
flows by their first payload: 443/tcp 12 tls + 3 ssh, 123/udp 2 ntp?,
  22/tcp 1 ssh + 1 tls
` + against + end},
		{"rows left out", func(v *PortView) { v.Cut(1) }, 90,
			`port/proto  service  range   flows  packets  bytes  payload         of packets
443/tcp     https    system     16       60   6000  12 tls + 3 ssh       60.0%  ##########
and 3 ports more
` + against + end},
		{"evicted", func(v *PortView) {
			v.Cut(1)
			v.Evicted = flow.Evicted{Flows: 9,
				Count: flow.Count{Packets: 9}}
		}, 99,
			`port/proto  service  range   flows  packets  bytes  payload             of packets
443/tcp     https    system   <=16       60   6000  <=12 tls + <=3 ssh       60.0%  ##########
and 3 ports more
` + strings.NewReplacer("(3", "(at most 3", "(1", "(at most 1").Replace(against) + end +
				"evicted (memory full): 9 idle flows with 9 packets, still counted by port\n"},
		{"no payloads", func(v *PortView) {
			for i := range v.Ports {
				v.Ports[i].Payloads = nil
			}
			v.Cut(1)
		}, 70, `port/proto  service  range   flows  packets  bytes  of packets
443/tcp     https    system     16       60   6000       60.0%  ######
and 3 ports more
` + end},
	} {
		v := payloadView(t)
		c.change(v)
		var out bytes.Buffer
		if err := v.Write(&out, FormatText, Style{Width: c.width}); err != nil {
			t.Fatal(err)
		}
		whole := strings.NewReplacer("\n  ", " ") // joins sentences that take several lines
		if whole.Replace(out.String()) != whole.Replace(c.want) {
			t.Errorf("%s:\n%s\nwant\n%s", c.what, out.String(), c.want)
		}
	}
}

// A fullAfter is a disk with a limited number of free bytes.
type fullAfter struct{ space int }

func (f *fullAfter) Write(b []byte) (int, error) {
	n := min(f.space, len(b))
	if f.space -= n; n < len(b) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

// TestPortPayloadsToFullDisk checks that a write error is returned wherever it happens.
func TestPortPayloadsToFullDisk(t *testing.T) {
	var whole bytes.Buffer
	if err := payloadView(t).Write(&whole, FormatText, Style{Width: 70}); err != nil {
		t.Fatal(err)
	}
	for space := range whole.Len() {
		err := payloadView(t).Write(&fullAfter{space}, FormatText, Style{Width: 70})
		if err == nil {
			t.Fatalf("no error on a disk with space for %d of %d bytes", space, whole.Len())
		}
	}
}

// TestPortPayloadsAsData checks that rows list payloads only if flows are followed.
func TestPortPayloadsAsData(t *testing.T) {
	v := payloadView(t)
	var out bytes.Buffer
	if err := v.Write(&out, FormatJSON, Style{}); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`[{"payload":"tls","flows":12,"first_frame":20,"sure":true},` +
			`{"payload":"ssh","flows":3,"first_frame":7,"sure":true,"contradiction":"SSH-2.0"}]`,
		`[{"payload":"ntp","flows":2,"first_frame":5,"sure":false}]`,
		`[{"payload":"ssh","flows":1,"first_frame":90,"sure":true},` +
			`{"payload":"tls","flows":1,"first_frame":91,"sure":true,` +
			`"contradiction":"a TLS ClientHello or ServerHello"}]`,
		`[]`}
	rows := strings.Split(out.String(), "\n")
	for i, w := range want {
		var row struct{ Payloads json.RawMessage }
		if err := json.Unmarshal([]byte(rows[i]), &row); err != nil || string(row.Payloads) != w {
			t.Errorf("%v: %s, want %s", err, rows[i], w)
		}
	}
	out.Reset()
	if err := v.Write(&out, FormatCSV, Style{}); err != nil {
		t.Fatal(err)
	}
	for i, w := range []string{",first,last,payloads,contradictions,share_of",
		",12 tls; 3 ssh,SSH-2.0,packets", ",2 ntp,,packets",
		",1 ssh; 1 tls,a TLS ClientHello or ServerHello,packets", ",,,,packets"} {
		if line := strings.Split(out.String(), "\n")[i]; !strings.HasSuffix(line, w) {
			t.Errorf("%s does not end with %s", line, w)
		}
	}
	narrow := payloadView(t)
	narrow.Flows = false
	for _, format := range []Format{FormatJSON, FormatCSV} {
		out.Reset()
		if err := narrow.Write(&out, format, Style{}); err != nil ||
			strings.Contains(out.String(), "payload") {
			t.Errorf("%v: %s", err, out.String())
		}
	}
}

// TestFlowsContradict checks that a payload of either end that contradicts the port's assignment is
// reported. The other end may have no payload or the expected one.
func TestFlowsContradict(t *testing.T) {
	const ssh, tls = "SSH-2.0-OpenSSH_9.6\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
	const against = "443/tcp is assigned to https; the bytes say SSH-2.0 " +
		"(1 flow, the first one from frame 1)\n"
	for _, c := range []struct{ client, server, want string }{
		{"", ssh, against}, {ssh, "", against}, {tls, ssh, against}, {ssh, tls, against},
		{tls, tls, ""}, {tls, "", ""}, {"", "", ""}, {"\x00\x01\x02", ssh, against},
	} {
		// the client is side A, then B
		for _, ends := range [][2]string{{"192.0.2.10", "198.51.100.7"},
			{"198.51.100.7", "192.0.2.10"}} {
			table := flow.NewTable(flow.Options{})
			for i, payload := range []string{c.client, c.server} {
				src, dst, ports := ends[i], ends[1-i], [][2]uint16{{50000, 443}, {443, 50000}}[i]
				data := append(segment(src, dst, ports[0], ports[1]), payload...)
				data[3] = byte(len(data))
				var p decode.Packet
				p.Decode(linktype.Raw, data, len(data))
				table.Add(&p, uint32(len(data)), 0, int64(i+1))
			}
			var text, data strings.Builder
			view := &FlowView{Table: table}
			if err := errors.Join(view.Write(&text, FormatText, Style{}),
				view.Write(&data, FormatJSON, Style{})); err != nil {
				t.Fatal(err)
			}
			noticed := strings.Contains(text.String(), "the bytes say")
			if noticed != (c.want != "") || !strings.Contains(text.String(), c.want) ||
				strings.Contains(data.String(), `"contradiction":"SSH-2.0"`) != noticed {
				t.Errorf("client %q, server %q, from %s:\n%s%s", c.client, c.server, ends[0],
					text.String(), data.String())
			}
		}
	}
}

// segment is an IPv4 packet with a TCP header.
func segment(src, dst string, from, to uint16) []byte {
	b := make([]byte, 40)
	b[0], b[8], b[9], b[32], b[33] = 0x45, 64, 6, 5<<4, decode.FlagACK
	s, d := netip.MustParseAddr(src).As4(), netip.MustParseAddr(dst).As4()
	copy(b[12:], s[:])
	copy(b[16:], d[:])
	binary.BigEndian.PutUint16(b[20:], from)
	binary.BigEndian.PutUint16(b[22:], to)
	return b
}
