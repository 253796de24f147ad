package page_test

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/page"
)

// TestFieldsLieOnTheBytes checks every frame of every sample. The bytes are the frame's, the fields
// cover each header without gaps, and the value of a port field equals its two bytes.
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
						t.Errorf("frame %d: the port at %d is %s, the page has %v", i+1, at, want,
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

// TestPortsAgainstTshark compares a packet's ports and addresses with tshark's for the last
// transport header.
func TestPortsAgainstTshark(t *testing.T) {
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

// TestFragmentGivesReason checks that a fragment without ports names the frame with its ports and
// the reason. The frames were counted by hand in tshark's list of the sample.
func TestFragmentGivesReason(t *testing.T) {
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

// TestQuotedPortsAreMarked checks the packet that an ICMP error quotes. The page and a terminal
// report it alike, and both ports are marked as quoted. The ports are tshark's udp.srcport and
// udp.dstport.
func TestQuotedPortsAreMarked(t *testing.T) {
	frames := corpustest.ReadFrames(t, "../../pcaps", []string{"../../pcaps/udp-closed.pcap"})
	d := parse(t, build(t, frames, page.Options{}).WriteJSON)
	if own := d.Packets[0]; len(own.Quoted) != 0 || len(own.Notes) != 0 || len(own.Ends) != 2 {
		t.Errorf("%+v", own)
	}
	const want = "Meaning: 192.0.2.10:50171 -> udp/33434 at 198.51.100.7 was reported " +
		"unreachable (port unreachable)."
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

// TestEvidenceHasWords checks that each kind of evidence has a sentence in the terms of the flow's
// protocol.
func TestEvidenceHasWords(t *testing.T) {
	d := parse(t, build(t, nil, page.Options{}).WriteJSON)
	for _, c := range [][3]string{{"syn", "tcp", "SYN"}, {"syn-ack", "tcp", "SYN-ACK"},
		{"syn", "sctp", "INIT"}, {"syn", "dccp", "DCCP-Request"},
		{"registered-port", "udp", "guess"}, {"lower-port", "udplite", "lower port"},
		{"well-known-use", "tcp", "widely used"}, {"first-sender", "tcp", "sent first"}} {
		if words := d.Evidence[c[0]][c[1]]; !strings.Contains(words, c[2]) {
			t.Errorf("%s over %s: %q", c[0], c[1], words)
		}
	}
}

// TestFlowsNameTheirPackets checks that the tables count all packets, and that each packet refers
// to the flow between its ends.
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
	// 232 packets according to capinfos -c, all with ports
	if named != 232 || sum != 232 || d.Totals.Packets != 232 {
		t.Errorf("%d packets have a flow, the ports have %d, all are %d; want 232", named, sum,
			d.Totals.Packets)
	}
	if len(d.Quiz.Questions) != 10 {
		t.Errorf("%d questions", len(d.Quiz.Questions))
	}
}
