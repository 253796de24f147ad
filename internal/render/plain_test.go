package render

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
)

type jsonPacket struct {
	Schema        string   `json:"schema"`
	Frame         int64    `json:"frame"`
	Time          *string  `json:"time"`
	Interface     int      `json:"interface"`
	InterfaceName string   `json:"interface_name,omitempty"`
	Link          string   `json:"link"`
	Len           int      `json:"len"`
	CapLen        int      `json:"caplen"`
	Layers        []string `json:"layers"`
	jsonIP
	Transport []jsonTransport `json:"transport"`
	NoPorts   string          `json:"no_ports"`
	What      string          `json:"what,omitempty"`
	Stop      *jsonStop       `json:"stop"`
	Comments  []string        `json:"comments,omitempty"`
}

type jsonTransport struct {
	Proto         string `json:"proto"`
	Src           string `json:"src"`
	Dst           string `json:"dst"`
	SrcPort       uint16 `json:"src_port"`
	DstPort       uint16 `json:"dst_port"`
	Offset        int    `json:"offset"`
	Quoted        bool   `json:"quoted"`
	InheritedFrom int64  `json:"inherited_from"`
	SrcRange      string `json:"src_range"`
	DstRange      string `json:"dst_range"`
	SrcService    string `json:"src_service"`
	DstService    string `json:"dst_service"`
	Client        string `json:"client"`
	Evidence      string `json:"client_evidence"`
	Checksum      string `json:"checksum"`
	Via           uint16 `json:"via"`
	jsonIP
	TCP *jsonTCP `json:"tcp,omitempty"`
}

type jsonIP struct {
	TTL  *uint8  `json:"ttl,omitempty"`
	IPID *uint16 `json:"ip_id,omitempty"`
}

type jsonTCP struct {
	Flags   string       `json:"flags"`
	Seq     uint32       `json:"seq"`
	Ack     uint32       `json:"ack"`
	Window  uint16       `json:"window"`
	Options []jsonOption `json:"options"`
}

type jsonOption struct {
	Kind   uint8       `json:"kind"`
	MSS    *uint64     `json:"mss,omitempty"`
	Shift  *uint64     `json:"shift,omitempty"`
	Val    *uint64     `json:"val,omitempty"`
	Ecr    *uint64     `json:"ecr,omitempty"`
	Blocks [][2]uint64 `json:"blocks,omitempty"`
	Data   string      `json:"data,omitempty"`
}

type jsonStop struct {
	Layer string `json:"layer"`
	At    int    `json:"at"`
	Need  int    `json:"need"`
	Have  int    `json:"have"`
	Claim string `json:"claim"`
	Error string `json:"error"`
}

// A referenceWriter writes packets with encoding/json.
type referenceWriter struct {
	enc *json.Encoder
	obj jsonPacket
	at  string
}

func newReferenceWriter(w io.Writer) *referenceWriter {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return &referenceWriter{enc: enc}
}

// Packet writes one packet.
func (j *referenceWriter) Packet(f *analysis.Frame) error {
	p, o := f.Packet, &j.obj
	*o = jsonPacket{Schema: PacketSchema, Frame: f.Number, Interface: f.Interface,
		InterfaceName: f.InterfaceName, Link: p.Link.String(), Len: f.Len, CapLen: len(p.Data),
		Layers: o.Layers[:0], Transport: o.Transport[:0], NoPorts: p.NoPorts.String(),
		Stop: stopOf(p)}
	if f.HasTime {
		j.at = f.Time.UTC().Format(timeLayout)
		o.Time = &j.at
	}
	for _, c := range f.Comments {
		o.Comments = append(o.Comments, string(c))
	}
	for _, l := range p.Layers {
		o.Layers = append(o.Layers, l.ID.String())
	}
	if p.NoPorts != decode.HasPorts {
		o.What = Summary(p)
	}
	for i := range f.Transport {
		t := &f.Transport[i]
		o.Transport = append(o.Transport, jsonTransport{t.Proto.String(), address(t.SrcAddr),
			address(t.DstAddr), t.Src, t.Dst,
			t.At, t.Quoted, t.InheritedFrom, t.SrcRange.String(), t.DstRange.String(), t.SrcService,
			t.DstService,
			t.Client, string(t.Evidence), checksum(p, t), via(p, t.Layer), ipOf(p, t.Net),
			tcpOf(p, t)})
	}
	o.jsonIP = ipOf(p, p.NetLayer())
	if o.Layers == nil {
		o.Layers = []string{}
	}
	if o.Transport == nil {
		o.Transport = []jsonTransport{}
	}
	return j.enc.Encode(o)
}

// ipOf returns the fields of an IP header.
func ipOf(p *decode.Packet, net int) (out jsonIP) {
	if net < 0 || p.IPv4(net) == nil && p.IPv6(net) == nil {
		return out
	}
	for _, f := range p.Fields(net) {
		switch f.Key {
		case "ip.ttl", "ipv6.hlim":
			v := uint8(f.Value)
			out.TTL = &v
		case "ip.id":
			v := uint16(f.Value)
			out.IPID = &v
		}
	}
	return out
}

// tcpOf returns the fields of a TCP header.
func tcpOf(p *decode.Packet, t *analysis.Transport) *jsonTCP {
	if t.Proto != decode.ProtoTCP || t.InheritedFrom != 0 || p.TCP(t.Layer) == nil {
		return nil
	}
	out := &jsonTCP{Options: []jsonOption{}}
	options := len(p.TCP(t.Layer).Options) > 0
	bits, _ := p.TCPControl(t.TransportHeader)
	if bits != 0 {
		out.Flags = string(appendTCPFlags(nil, bits))
	}
	for _, f := range p.Fields(t.Layer) {
		var o *jsonOption
		if n := len(out.Options); n > 0 {
			o = &out.Options[n-1]
		}
		v := f.Value
		switch f.Key {
		case "tcp.seq_raw":
			out.Seq = uint32(v)
		case "tcp.ack_raw":
			out.Ack = uint32(v)
		case "tcp.window_size_value":
			out.Window = uint16(v)
		case "tcp.flags.ae":
			out.Flags += strings.Repeat("e", int(v))
		case "tcp.option_kind":
			if !options {
				return out
			}
			out.Options = append(out.Options, jsonOption{Kind: uint8(v)})
		case "tcp.options.mss_val":
			o.MSS = &v
		case "tcp.options.wscale.shift":
			o.Shift = &v
		case "tcp.options.timestamp.tsval":
			o.Val = &v
		case "tcp.options.timestamp.tsecr":
			o.Ecr = &v
		case "tcp.options.sack_le":
			o.Blocks = append(o.Blocks, [2]uint64{v})
		case "tcp.options.sack_re":
			o.Blocks[len(o.Blocks)-1][1] = v
		case "tcp.options.data":
			o.Data = hex.EncodeToString(f.Raw)
		}
	}
	return out
}

func stopOf(p *decode.Packet) *jsonStop {
	s := p.Stop
	if s.Err == nil {
		return nil
	}
	return &jsonStop{s.Layer.String(), s.At, s.Need, s.Have, s.Claim.String(), s.Err.Error()}
}

// capturedFrames calls see for every annotated frame of the samples. If an environment variable
// names a folder of captures, it uses their frames too.
func capturedFrames(tb testing.TB, see func(name string, f *analysis.Frame)) {
	tb.Helper()
	names, err := filepath.Glob("../../pcaps/*.pcap*")
	if err != nil || len(names) == 0 {
		tb.Fatalf("%d samples, %v", len(names), err)
	}
	if root := os.Getenv("PORTSNIFF_CORPUS"); root != "" {
		more, err := filepath.Glob(filepath.Join(root, "files", "*", "*", "*"))
		if err != nil || len(more) < 100 {
			tb.Fatalf("%d captures, %v", len(more), err)
		}
		names = append(names, more...)
	}
	for _, name := range names {
		file, err := pcapfile.Open(name, pcapfile.Options{})
		if err != nil {
			continue // a folder, or not a capture; the reader's tests cover those
		}
		eachFrame(file, func(f *analysis.Frame) { see(name, f) })
		file.Close()
	}
}

func eachFrame(file *pcapfile.File, see func(*analysis.Frame)) {
	table, fragments := flow.NewTable(flow.Options{}), decode.NewFragments(0)
	var p capture.Packet
	var d decode.Packet
	f := &analysis.Frame{Packet: &d}
	for file.Next(&p) == nil {
		d.Decode(p.Link, p.Data, p.Length)
		fragments.Observe(&d, p.Number, p.Timestamp)
		f.Number, f.Time, f.HasTime, f.Interface, f.Len, f.Comments = p.Number, p.Timestamp,
			p.HasTime, p.InterfaceIndex, p.Length, p.Comments
		f.InterfaceName = file.Interfaces()[p.InterfaceIndex].Name
		r := p.Record()
		f.Annotate(table.Add(&d, r.Length, r.Nanos, p.Number))
		see(f)
	}
}

// TestJSONAgainstEncodingJSON compares every object with encoding/json's.
func TestJSONAgainstEncodingJSON(t *testing.T) {
	var got, want bytes.Buffer
	quick, reference := NewJSONWriter(&got), newReferenceWriter(&want)
	capturedFrames(t, func(name string, f *analysis.Frame) {
		got.Reset()
		want.Reset()
		if err := quick.Packet(f); err != nil {
			t.Fatal(err)
		}
		if err := reference.Packet(f); err != nil {
			t.Fatal(err)
		}
		if got.String() != want.String() {
			t.Errorf("%s, frame %d:\n%swant\n%s", name, f.Number, got.String(), want.String())
		}
	})
}

// TestJSONTexts compares texts that need escaping with encoding/json's.
func TestJSONTexts(t *testing.T) {
	for _, s := range []string{"", "plain", "<&>", `"`, `\`, "\x00", "\x7f", "\u2028", "\xff", "ü",
		"a\nb"} {
		j := NewJSONWriter(io.Discard)
		j.text("", s)
		var back string
		if err := json.Unmarshal(j.out, &back); err != nil || back != string([]rune(s)) {
			t.Errorf("%q: %s, %v", s, j.out, err)
		}
	}
}

func TestAppendPadded(t *testing.T) {
	for _, n := range []int64{0, 1, 9, 10, 99, 100, 999, 1000, 9999, 10000, 123456789} {
		if got, want := string(appendPadded(nil, n, 4)), fmt.Sprintf("%4d ", n); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestAppendAddr compares addresses with AppendTo: every octet value in every position, and
// addresses that are not IPv4.
func TestAppendAddr(t *testing.T) {
	addrs := []netip.Addr{{}, netip.IPv6Unspecified(), netip.MustParseAddr("2001:db8::1"),
		netip.MustParseAddr("::ffff:192.0.2.1"), netip.MustParseAddr("fe80::1%eth0")}
	for i := range 256 {
		b := byte(i)
		addrs = append(addrs, netip.AddrFrom4([4]byte{b, 1, 20, 255}),
			netip.AddrFrom4([4]byte{255, b, 0, b}), netip.AddrFrom4([4]byte{10, 200, b, b}))
	}
	for _, a := range addrs {
		if got, want := string(appendAddr([]byte("to "), a)),
			string(a.AppendTo([]byte("to "))); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestPlainPacketsAllocateNothing checks that an ordinary packet is written without allocation: as
// a line, which may be clipped or split, as JSON and as CSV.
func TestPlainPacketsAllocateNothing(t *testing.T) {
	f := frameOf(tcpPacket("192.0.2.10", "198.51.100.7", 51514, 443, decode.FlagSYN), 7)
	line := func(width int) func() error {
		w := NewLineWriter(LineOptions{Style: Style{Width: width}})
		return func() error { return w.Packet(io.Discard, f) }
	}
	objects := NewJSONWriter(io.Discard)
	rows, err := NewCSVWriter(io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func() error{"line": line(80), "clipped line": line(69),
		"two lines": line(64), "three lines": line(40), "columns": line(120),
		"without a width": line(0),
		"JSON":            func() error { return objects.Packet(f) },
		"CSV":             func() error { return rows.Packet(f) }} {
		if n := testing.AllocsPerRun(100, func() {
			if err := write(); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations a packet", name, n)
		}
	}
}

func BenchmarkLine(b *testing.B) {
	f := frameOf(tcpPacket("192.0.2.10", "198.51.100.7", 51514, 443, decode.FlagSYN), 7)
	w := NewLineWriter(LineOptions{Style: Style{Width: 80}})
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Packet(io.Discard, f); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkJSON(b *testing.B) {
	f := frameOf(tcpPacket("192.0.2.10", "198.51.100.7", 51514, 443, decode.FlagSYN), 7)
	w := NewJSONWriter(io.Discard)
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Packet(f); err != nil {
			b.Fatal(err)
		}
	}
}
