package page_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/page"
	"github.com/portsniff/portsniff/linktype"
)

// data is the page's data as a browser reads it: by the names of its members and with no type of
// the package's.
type data struct {
	Schema, Program, Source, Sampled, Stop string
	Frames, Bytes, Shown                   int
	Specs                                  []struct {
		Key, Name, RFC, Doc string
		Port                bool
	}
	Kinds   []struct{ Key, Name, RFC string }
	Shapes  [][][3]int
	Texts   []string
	Reasons []struct {
		Key, Words string
		Count      int
	}
	Packets []struct {
		N, Len, CapLen                                            int
		Bytes                                                     []byte
		Proto, Src, Dst, Line, Why, Client, Evidence, Iface, Stop string
		SPort, DPort                                              *int
		NoPorts                                                   string `json:"no_ports"`
		What, Start                                               any
		Payload                                                   *int
		Seq                                                       []int
		Ends                                                      [][]any
		Notes                                                     []any
		Quoted                                                    []struct {
			Proto, Src, Dst string
			SPort, DPort    int
			Ends            [][]any
		}
		Comments []string
		Flow     int
		Headers  []struct {
			K, At, Len, Level, S int
			Quoted               bool
			Checksum             string
			Shape                [][3]int
			F                    []any
			Cut                  []int
		}
	}
	Ports []struct {
		Port, Packets, Bytes int
		Proto                string
	}
	Flows []struct {
		Proto, Client, Server string
		ClientPort            int `json:"client_port"`
		ServerPort            int `json:"server_port"`
	}
	Hosts []struct {
		Host           string
		Packets, Flows int
	}
	Services []struct {
		Host, Proto, State, Evidence string
		Port                         int
		Frame                        int64
	}
	Evidence map[string]map[string]string
	Totals   struct{ Packets, Flows int }
	Series   *struct {
		Seconds float64
		Left    int
		Packets []int
		Rows    []struct {
			Port           int
			Proto          string
			Packets, Bytes []int
		}
	}
	Quiz struct {
		Seed      int
		Questions []json.RawMessage
	}
}

// build makes the page's data of frames, as the command does.
func build(t testing.TB, frames []corpustest.Frame, opt page.Options) *page.Builder {
	t.Helper()
	fragments := decode.NewFragments(0)
	table := flow.NewTable(flow.Options{Hosts: true, Proofs: true})
	b := page.NewBuilder(opt, table)
	var p decode.Packet
	fr := analysis.Frame{Packet: &p}
	for i, raw := range frames {
		buf := bytes.Clone(raw.Data)
		p.Decode(raw.Link, buf, raw.Wire)
		fr.Number, fr.Len = int64(i+1), raw.Wire
		fragments.Observe(&p, fr.Number, fr.Time)
		fr.Annotate(table.Add(&p, uint32(raw.Wire), flow.NoTime, fr.Number))
		if err := b.Add(&fr, ""); err != nil {
			t.Fatal(err)
		}
		for j := range buf {
			buf[j] = 0xff // as the reader will, which reuses its buffer
		}
	}
	return b
}

func parse(t testing.TB, write func(io.Writer) error) (d data) {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// string gives a text, which may be an index.
func (d *data) string(t testing.TB, v any) string {
	t.Helper()
	if n, ok := v.(float64); ok {
		if int(n) >= len(d.Texts) {
			t.Fatalf("text %v of %d", n, len(d.Texts))
		}
		return d.Texts[int(n)]
	}
	return v.(string)
}

// sentences are texts, one a line.
func (d *data) sentences(t testing.TB, list []any) string {
	t.Helper()
	out := make([]string, len(list))
	for i, r := range list {
		out[i] = d.string(t, r)
	}
	return strings.Join(out, "\n")
}

// In every sample and every frame: the bytes are the frame's, the fields tile each header, and what
// a port's field says is what its two bytes are.
func TestFieldsLieOnTheBytes(t *testing.T) {
	frames := corpustest.SampleFrames(t, "../../pcaps")
	d := parse(t, build(t, frames, page.Options{}).WriteJSON)
	if d.Schema != "portsniff.page/1" || d.Frames != len(frames) || len(d.Packets) != len(frames) ||
		d.Sampled != "" {
		t.Fatalf("%q, %d frames, %d packets of %d, %q", d.Schema, d.Frames, len(d.Packets),
			len(frames), d.Sampled)
	}
	ports := 0
	for i, p := range d.Packets {
		raw := frames[i]
		if want := raw.Data[:min(512, len(raw.Data))]; p.N != i+1 || p.Len != raw.Wire ||
			p.CapLen != len(raw.Data) || !bytes.Equal(p.Bytes, want) {
			t.Fatalf("frame %d: n %d, len %d, caplen %d, %d bytes", i+1, p.N, p.Len, p.CapLen,
				len(p.Bytes))
		}
		for _, h := range p.Headers {
			shape := h.Shape
			if h.S >= 0 {
				shape = d.Shapes[h.S]
			}
			if len(shape) != len(h.F) {
				t.Fatalf("frame %d, %s: %d places, %d values", i+1, d.Kinds[h.K].Key, len(shape),
					len(h.F))
			}
			bit := 0
			for j, place := range shape {
				if place[1] != bit {
					t.Errorf("frame %d, %s: field %d begins at bit %d, the one before ends at %d",
						i+1, d.Kinds[h.K].Key, j, place[1], bit)
				}
				bit += place[2]
				if at := h.At + place[1]/8; d.Specs[place[0]].Port && at+2 <= len(raw.Data) {
					if want := strconv.Itoa(int(raw.Data[at])<<8 | int(raw.Data[at+
						1])); h.F[j] != want {
						t.Errorf("frame %d: the port at %d is %s, the page says %v", i+1, at, want,
							h.F[j])
					}
					ports++
				}
			}
			if bit != 8*h.Len {
				t.Errorf("frame %d, %s: the fields are %d bits, the header has %d bytes", i+1,
					d.Kinds[h.K].Key, bit, h.Len)
			}
		}
	}
	if ports < 500 {
		t.Errorf("only %d port fields were looked at", ports)
	}
}

// The ports and addresses of a packet are what tshark calls those of its last transport header.
func TestPortsAreTsharks(t *testing.T) {
	var frames []corpustest.Frame
	for _, f := range corpustest.SampleFrames(t, "../../pcaps") {
		switch f.File {
		case "services.pcap", "services-ipv6.pcap", "dns.pcap", "http6.pcap", "vlan.pcap",
			"sctp.pcap", "tcp-refused.pcap":
			frames = append(frames, f)
		}
	}
	d := parse(t, build(t, frames, page.Options{}).WriteJSON)
	compared := 0
	corpustest.PDML(t, frames, []string{"tcp", "udp", "sctp", "ip", "ipv6"}, nil,
		func(i int, elements []corpustest.Element) {
			want := map[string]string{}
			for _, e := range elements {
				want[e.Name] = e.Show
			}
			p := d.Packets[i]
			for _, proto := range []string{"tcp", "udp", "sctp"} {
				if want[proto+".srcport"] == "" {
					continue
				}
				compared++
				if p.SPort == nil || p.DPort == nil ||
					strconv.Itoa(*p.SPort) != want[proto+".srcport"] ||
					strconv.Itoa(*p.DPort) != want[proto+".dstport"] || p.Proto != proto {
					t.Errorf("frame %d: %s; tshark has %s %s to %s", i+1, p.Line, proto,
						want[proto+".srcport"], want[proto+".dstport"])
				}
				if src := want["ip.src"] + want["ipv6.src"]; src != p.Src &&
					netip.MustParseAddr(src) != netip.MustParseAddr(p.Src) {
					t.Errorf("frame %d: from %s; tshark has %s", i+1, p.Src, src)
				}
			}
		})
	if compared < 300 {
		t.Errorf("only %d frames were compared", compared)
	}
}

// Counted by hand in tshark's list of the sample: a fragment has its ports from another frame, and
// says why it has none of its own.
func TestFragmentTellsWhy(t *testing.T) {
	frames := corpustest.ReadFrames(t, "../../pcaps", []string{"../../pcaps/fragments.pcap"})
	d := parse(t, build(t, frames, page.Options{Source: "fragments.pcap"}).WriteJSON)
	p := d.Packets[1]
	if p.NoPorts != "later-fragment" || !strings.Contains(p.Why, "first fragment") ||
		p.SPort == nil || *p.SPort != 37801 || *p.DPort != 7 {
		t.Errorf("%+v", p)
	}
	if text := d.string(t,
		p.Start); text != "The ports are those of the datagram's first fragment, frame 1" {
		t.Errorf("%q", text)
	}
	// The first four bytes are 78 78 78 78, and 0x7878 is 30840.
	if text := d.sentences(t, p.Notes); !strings.Contains(text,
		"Reading 78 78 78 78 as ports would invent 30840 -> 30840.") ||
		strings.Contains(text, "offset 0") {
		t.Error(text)
	}
	alone := parse(t, build(t, frames[1:2],
		page.Options{Source: "fragments.pcap"}).WriteJSON).Packets[0]
	if len(alone.Notes) == 0 || alone.SPort != nil || alone.Ends != nil {
		t.Errorf("without its first fragment: %+v", alone)
	}
	if len(d.Reasons) != 1 || d.Reasons[0].Key != "later-fragment" || d.Reasons[0].Count != 4 ||
		d.Reasons[0].Words == "" {
		t.Errorf("%+v", d.Reasons)
	}
	if len(d.Flows) != 1 || p.Flow != 0 || d.Flows[0].ClientPort != 37801 || d.Totals.Flows != 1 {
		t.Errorf("flow %d of %+v", p.Flow, d.Flows)
	}
}

// What an ICMP error quotes is reported as a terminal says it: what was reported, and both ports,
// each as a quotation. The ports are tshark's udp.srcport and udp.dstport.
func TestQuotedPortsAreTold(t *testing.T) {
	frames := corpustest.ReadFrames(t, "../../pcaps", []string{"../../pcaps/udp-closed.pcap"})
	d := parse(t, build(t, frames, page.Options{}).WriteJSON)
	if own := d.Packets[0]; len(own.Quoted) != 0 || len(own.Notes) != 0 || len(own.Ends) != 2 {
		t.Errorf("%+v", own)
	}
	const want = "Meaning: 192.0.2.10:50171 -> udp/33434 at 198.51.100.7 was reported unreachable " +
		"(port unreachable)."
	p := d.Packets[1]
	if text := d.sentences(t, p.Notes); text != want {
		t.Error(text)
	}
	if len(p.Quoted) != 1 || p.Quoted[0].SPort != 50171 || p.Quoted[0].DPort != 33434 ||
		p.Quoted[0].Src != "192.0.2.10" || p.Ends != nil {
		t.Fatalf("%+v", p.Quoted)
	}
	// RFC 6335 section 6: 49152 to 65535 are dynamic, 1024 to 49151 registered.
	for i, want := range []string{"dynamic (private), 49152-65535",
		"registered (user), 1024-49151"} {
		if got := d.string(t, p.Quoted[0].Ends[i][0]); got != want {
			t.Errorf("range %q, want %q", got, want)
		}
	}
}

// The ladder says in words what each kind of evidence is, in the words of the flow's own protocol.
func TestEvidenceHasWords(t *testing.T) {
	d := parse(t, build(t, nil, page.Options{}).WriteJSON)
	for _, c := range [][3]string{{"syn", "tcp", "SYN"}, {"syn-ack", "tcp", "SYN-ACK"},
		{"syn", "sctp", "INIT"}, {"syn", "dccp", "DCCP-Request"},
		{"registered-port", "udp", "guess"}, {"lower-port", "udplite", "lower port"},
		{"first-sender", "tcp", "sent first"}} {
		if words := d.Evidence[c[0]][c[1]]; !strings.Contains(words, c[2]) {
			t.Errorf("%s over %s: %q", c[0], c[1], words)
		}
	}
}

// The tables count what the packets are, and each packet names the flow that has its ends.
func TestFlowsNameTheirPackets(t *testing.T) {
	frames := corpustest.ReadFrames(t, "../../pcaps", []string{"../../pcaps/services.pcap"})
	d := parse(t, build(t, frames, page.Options{}).WriteJSON)
	named := 0
	for _, p := range d.Packets {
		if p.Flow < 0 {
			continue
		}
		named++
		f := d.Flows[p.Flow]
		ends := map[int]bool{f.ClientPort: true, f.ServerPort: true}
		if !ends[*p.SPort] || !ends[*p.DPort] || p.Proto != f.Proto {
			t.Errorf("frame %d, %s, is of flow %+v", p.N, p.Line, f)
		}
	}
	sum := 0
	for _, p := range d.Ports {
		sum += p.Packets
	}
	// capinfos -c, and no packet without ports
	if named != 232 || sum != 232 || d.Totals.Packets != 232 {
		t.Errorf("%d packets have a flow, the ports have %d, all are %d; want 232", named, sum,
			d.Totals.Packets)
	}
	if len(d.Quiz.Questions) != 10 {
		t.Errorf("%d questions", len(d.Quiz.Questions))
	}
}

// Beyond its limit the page has the first packet of each flow and the odd ones before others, says
// so, and still counts all.
func TestLargeCaptureIsSampled(t *testing.T) {
	var frames []corpustest.Frame
	for n := range 3000 {
		// six flows of 500
		frames = append(frames, corpustest.Frame{Link: linktype.Ethernet, Wire: 42,
			Data: udp(40000+n/500, 53)})
	}
	arp := make([]byte, 42)
	copy(arp[12:], []byte{8, 6, 0, 1, 8, 0, 6, 4, 0, 1})
	frames[777] = corpustest.Frame{Link: linktype.Ethernet, Wire: 42, Data: arp}
	d := parse(t, build(t, frames, page.Options{Limit: 100}).WriteJSON)
	shown := map[int]bool{}
	for _, p := range d.Packets {
		shown[p.N] = true
	}
	for _, n := range []int{1, 501, 778, 1001, 1501, 2001, 2501} {
		if !shown[n] {
			t.Errorf("frame %d is not shown", n)
		}
	}
	if len(d.Packets) != 100 || d.Shown != 100 || d.Frames != 3000 || d.Totals.Packets != 3000 {
		t.Errorf("%d packets, %d shown of %d, %d counted", len(d.Packets), d.Shown, d.Frames,
			d.Totals.Packets)
	}
	// The ARP request is the seventh notable one.
	const want = "100 of 3000 packets are shown with their headers, for a page holds " +
		"100: 7 of the 7 that begin a flow, have no ports, " +
		"are malformed or have a wrong checksum, and 93 of the 2993 others, evenly spread."
	if !strings.HasPrefix(d.Sampled, want) {
		t.Errorf("%q", d.Sampled)
	}
}

// Wherever a capture ends beyond the limit, the page is full: no packet is left out for which there
// was room. And those that are shown lie evenly: no stretch of the capture has none of them, or
// many more than another.
func TestSampleIsFullAndEven(t *testing.T) {
	const limit = 200
	var frames []corpustest.Frame
	for range 1801 {
		// one flow: all but the first are alike
		frames = append(frames, corpustest.Frame{Link: linktype.Ethernet, Wire: 42,
			Data: udp(40000, 53)})
	}
	for _, n := range []int{limit, limit + 1, limit + 30, 399, 401, 600, 1000, 1801} {
		d := parse(t, build(t, frames[:n], page.Options{Limit: limit}).WriteJSON)
		if len(d.Packets) != limit || d.Shown != limit || (d.Sampled == "") != (n == limit) {
			t.Errorf("%d of %d packets, %d shown: %q", len(d.Packets), n, d.Shown, d.Sampled)
		}
		const parts = 10
		var shown [parts]int
		for i, p := range d.Packets {
			shown[(p.N-1)*parts/n]++
			if i > 0 && p.N <= d.Packets[i-1].N {
				t.Fatalf("of %d: frame %d stands behind frame %d", n, p.N, d.Packets[i-1].N)
			}
		}
		for i, got := range shown {
			if got < limit/parts-3 || got > limit/parts+3 {
				t.Errorf("of %d: %d packets of tenth %d are shown; want about %d: %v", n, got, i,
					limit/parts, shown)
			}
		}
	}
}

// Where a class of packets alone is more than there is room for, it shares the page with the other
// one.
func TestSampleSharesTheRoom(t *testing.T) {
	var frames []corpustest.Frame
	for n := range 1000 {
		// 500 flows of two
		frames = append(frames, corpustest.Frame{Link: linktype.Ethernet, Wire: 42,
			Data: udp(1+n/2, 60000)})
	}
	d := parse(t, build(t, frames, page.Options{Limit: 100}).WriteJSON)
	const want = "page holds 100: 50 of the 500 that begin a flow, have no ports, are malformed " +
		"or have a wrong checksum, and 50 of the 500 others, evenly spread."
	if len(d.Packets) != 100 || !strings.Contains(d.Sampled, want) {
		t.Errorf("%d packets: %q", len(d.Packets), d.Sampled)
	}
}

// udp is a frame of 42 bytes with a UDP datagram without data.
func udp(src, dst int) []byte {
	return []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0,
		0, 10, 0, 0, 1, 10, 0, 0, 2,
		byte(src >> 8), byte(src), byte(dst >> 8), byte(dst), 0, 8, 0, 0}
}

// A frame that is nothing but fields, and thousands of frames with as many shapes, take a bounded
// place.
func TestHostileCaptureStaysSmall(t *testing.T) {
	var frames []corpustest.Frame
	for n := range 15000 { // IPv4 options in all kinds of order: as many shapes
		h := append(udp(1, 2)[:14], 0x4f, 0, 0, 68, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0,
			2)
		for i := range 40 {
			h = append(h, 1-byte(n>>i&1&^(i/39))) // no-operations, and an end that the rest pads
		}
		frames = append(frames, corpustest.Frame{Link: linktype.Ethernet, Wire: 82,
			Data: append(h, 0, 1, 0, 2, 0, 8, 0, 0)})
	}
	var out bytes.Buffer
	if err := build(t, frames, page.Options{}).WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	if out.Len() > 15000*3000 {
		t.Errorf("%d bytes for %d frames", out.Len(), len(frames))
	}
}

// Strings that mean something to HTML, a terminal or a reader's eye come out as text.
func TestHostileStringsAreText(t *testing.T) {
	hostile := "</script><script>alert(1)</script><!--\"'&\x1b[31m\u202egnp.exe\x00\xff\u2028"
	table := flow.NewTable(flow.Options{})
	b := page.NewBuilder(page.Options{Source: hostile, Flags: "-r " + hostile}, table)
	var p decode.Packet
	p.Decode(linktype.Ethernet, append(udp(40000, 80), "GET / HTTP/1.1\r\nHost: "+hostile...), 100)
	fr := analysis.Frame{Packet: &p, Number: 1, Len: 100, Comments: [][]byte{[]byte(hostile)}}
	fr.Annotate(table.Add(&p, 100, flow.NoTime, 1))
	if err := b.Add(&fr, hostile); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := page.WriteHTML(&out, hostile, page.CSP(), b.WriteJSON); err != nil {
		t.Fatal(err)
	}
	island := regexp.MustCompile(`(?s)id="portsniff-data">(.*?)</script>`).FindStringSubmatch(
		out.String())
	if island == nil {
		t.Fatal("no data")
	}
	packed, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding,
		strings.NewReader(island[1])))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(packed)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range string(text) {
		if r < ' ' || r > '~' && r < 0xa0 || strings.ContainsRune("<>&\u2028\u202e\ufffd", r) {
			t.Fatalf("%q stands in the page's data", r)
		}
	}
	if strings.ContainsAny(out.String(), "\x1b\x00\u202e") ||
		strings.Contains(out.String(), "<script>alert") {
		t.Error("the page has the capture's bytes as they are")
	}
	d := parse(t, b.WriteJSON)
	const shown = `</script><script>alert(1)</script><!--"'&\x1b[31m\u202egnp.exe\x00\xff\u2028`
	if d.Source != shown || d.Packets[0].Iface != shown || d.Packets[0].Comments[0] != shown {
		t.Errorf("source %q, interface %q, comment %q", d.Source, d.Packets[0].Iface,
			d.Packets[0].Comments)
	}
	if !bytes.Contains(d.Packets[0].Bytes, []byte("Host: </script>")) {
		t.Error("the bytes are not the frame's")
	}
}

// The page allows what is in it and no more: the hashes in its policy are those of what is between
// the tags.
func TestPolicyAllowsWhatIsThere(t *testing.T) {
	var out bytes.Buffer
	if err := page.WriteHTML(&out, "a & b", page.CSP(),
		build(t, nil, page.Options{}).WriteJSON); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for name, re := range map[string]string{"script-src": `(?s)<script type="module">(.*?)</script>`, "style-src": `(?s)<style>(.*?)</style>`} {
		found := regexp.MustCompile(re).FindAllStringSubmatch(text, -1)
		if len(found) != 1 {
			t.Fatalf("%d times %s", len(found), re)
		}
		sum := sha256.Sum256([]byte(found[0][1]))
		if want := name + " &#39;sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"&#39;;"; !strings.Contains(text, want) {
			t.Errorf("the policy has no %s", want)
		}
	}
	if strings.Contains(text, "unsafe-") || strings.Contains(text, "style=\"") ||
		!strings.Contains(text, "<title>a &amp; b</title>") {
		t.Error("inline styles, or no title")
	}
	if n := len(regexp.MustCompile(`(?i)<script`).FindAllString(text, -1)); n != 2 {
		t.Errorf("%d scripts", n)
	}
	if strings.Index(text, "http-equiv") > strings.Index(text, "<style>") ||
		strings.Contains(text, "<!--") {
		t.Error("a place was not filled in, or the policy comes late")
	}
}
