package decode_test

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/linktype"
)

// A besideCase is a frame in which gopacket's own decoders find a wrong port or none.
type besideCase struct {
	file  string
	frame int64
	why   string
	own   string // the ports that gopacket finds, source>destination
}

// TestDecoderAgainstGopacket compares gopacket's own decoders with tshark and this package, on
// frames of the samples.
func TestDecoderAgainstGopacket(t *testing.T) {
	beside(t, "../pcaps", []besideCase{
		{"fragments.pcap", 1, "the first fragment of a UDP datagram", ""},
		{"fragments6.pcap", 1, "the first fragment over IPv6", ""},
		{"ipv6-exthdrs.pcap", 1, "TCP after IPv6 extension headers", ""},
		{"teredo.pcap", 1, "TCP in a Teredo tunnel", "49200>3544"},
		{"udp-closed.pcap", 2, "the UDP header that an ICMP error quotes", ""},
		{"udp-closed6.pcap", 2, "the UDP header that an ICMPv6 error quotes", ""},
		{"dccp.pcap", 1, "DCCP", ""},
	})
}

// TestDecoderAgainstGopacketCorpus makes the same comparison on captures of other projects. The
// frames with wrong ports have an IP version other than 4 and 6.
func TestDecoderAgainstGopacketCorpus(t *testing.T) {
	beside(t, corpustest.Corpus(t), []besideCase{
		{"idaholab+Malcolm-Test-Artifacts/pcap/protocols/RADIUS.pcap", 267, "false ports",
			"1812>29200"},
		{"ntop+nDPI/tests/cfgs/default/pcap/fuzz-2006-06-26-2594.pcap", 45, "false ports",
			"21>2720"},
		{"zeek+zeek/testing/btest/Traces/modbus/fuzz-1011.pcap", 2, "false ports", "51411>502"},
		{"seladb+PcapPlusPlus/Tests/Packet++Test/PacketExamples/Sll2Packet.pcap", 1,
			"link type 276, which is 20 in gopacket's eight bits", ""},
		{"the-tcpdump-group+tcpdump/tests/LINKTYPE_IPV4.pcap", 1, "link type 228", ""},
		{"kbandla+dpkt/examples/data/nb6-http.pcap", 53, "TCP in L2TP", "1701>1701"},
		{"the-tcpdump-group+tcpdump/tests/nsh-over-vxlan-gpe.pcap", 1, "UDP in NSH in VXLAN-GPE",
			"4790>4790"},
		{"zeek+zeek/testing/btest/Traces/tunnels/gre-over-udp-4754.pcap", 1, "DNS in GRE over UDP",
			"50343>4754"},
		{"OISF+suricata-verify/tests/decode-etag-01/input.pcap", 1, "an 802.1BR tag", ""},
	})
}

func beside(t *testing.T, root string, cases []besideCase) {
	t.Helper()
	tshark := corpustest.Tool(t, "tshark")
	for _, c := range cases {
		t.Run(fmt.Sprintf("%s %d", filepath.Base(c.file), c.frame), func(t *testing.T) {
			path := filepath.Join(root, c.file)
			var frame *corpustest.Frame
			for _, f := range corpustest.ReadFrames(t, root, []string{path}) {
				if f.N == c.frame {
					frame = &f
				}
			}
			if frame == nil {
				t.Fatal("no such frame")
			}
			eight := layers.LinkType(uint8(frame.Link)) // 8 bits, as in gopacket's readers
			own := flows(gopacket.NewPacket(frame.Data, eight, gopacket.NoCopy))
			if own != c.own {
				t.Errorf("gopacket: %q, want %q", own, c.own)
			}
			want := tsharkFlows(t, tshark, path, c.frame)
			got := flows(gopacket.NewPacket(frame.Data, decode.Decoder(frame.Link),
				gopacket.NoCopy))
			if got != want || got == own {
				t.Errorf("%s: %q, tshark has %q, gopacket %q", c.why, got, want, own)
			}
		})
	}
}

// flows returns the ports of all transport layers, in numeric order.
func flows(p gopacket.Packet) string {
	var all []string
	for _, l := range p.Layers() {
		if x, ok := l.(gopacket.TransportLayer); ok {
			src, dst := x.TransportFlow().Endpoints()
			all = append(all, src.String()+">"+dst.String())
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// tsharkFlows returns the ports that tshark finds in a frame without reassembling fragments.
func tsharkFlows(t *testing.T, tshark, path string, frame int64) string {
	t.Helper()
	args := []string{"-r", path, "-Y", fmt.Sprintf("frame.number==%d", frame), "-T", "fields",
		"-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE"}
	for _, proto := range []string{"tcp", "udp", "sctp", "dccp"} {
		args = append(args, "-e", proto+".srcport", "-e", proto+".dstport")
	}
	out, err := exec.Command(tshark, args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	cells := strings.Split(strings.TrimRight(string(out), "\n"), "\t")
	for i := 0; i+1 < len(cells); i += 2 {
		dst := strings.Split(cells[i+1], ",")
		for j, src := range strings.Split(cells[i], ",") {
			if src != "" {
				all = append(all, src+">"+dst[j])
			}
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// TestDecoderLaterFragments checks that later fragments have the ports of the first one. gopacket
// and tshark show them only after all fragments have come.
func TestDecoderLaterFragments(t *testing.T) {
	for file, want := range map[string]string{"fragments.pcap": "37801>7",
		"fragments6.pcap": "48606>7"} {
		var decoder gopacket.Decoder
		later := 0
		for _, f := range corpustest.ReadFrames(t, "../pcaps", []string{"../pcaps/" + file}) {
			if decoder == nil {
				decoder = decode.Decoder(f.Link)
			}
			p := gopacket.NewPacket(f.Data, decoder, gopacket.NoCopy)
			walk := decode.PacketOf(p)
			if walk.NoPorts != decode.LaterFragment || len(walk.Ports) == 0 {
				continue
			}
			l, ok := p.TransportLayer().(*decode.PortsLayer)
			if !ok || l.Ports.InheritedFrom == 0 || p.Layer(gopacket.LayerTypeFragment) == nil {
				t.Errorf("%s frame %d: %v", file, f.N, p)
				continue
			}
			if later == 0 && flows(p) != want {
				t.Errorf("%s frame %d: %s, want %s", file, f.N, flows(p), want)
			}
			later++
		}
		if later == 0 {
			t.Errorf("%s: no later fragment", file)
		}
	}
}

// TestDecoderOrdinaryLayers checks that plain packets have the same layers and values as with
// gopacket's own decoders, except for application layers.
func TestDecoderOrdinaryLayers(t *testing.T) {
	same := 0
	for _, f := range sampleFrames(t) {
		link, ok := f.Link.Layers()
		if !ok || f.Wire != len(f.Data) {
			continue
		}
		own := gopacket.NewPacket(f.Data, link, gopacket.NoCopy).Layers()
		got := gopacket.NewPacket(f.Data, decode.Decoder(f.Link), gopacket.NoCopy).Layers()
		for i, l := range own {
			t1 := l.LayerType()
			if i >= len(got) || got[i].LayerType() != t1 || t1 == gopacket.LayerTypePayload {
				break
			}
			if t1 == layers.LayerTypeIPv6 && l.(*layers.IPv6).HopByHop != nil {
				break // part of the IPv6 layer in gopacket
			}
			if !reflect.DeepEqual(got[i], l) {
				t.Errorf("%s frame %d: %s\n%s\n%s", f.File, f.N, t1, gopacket.LayerString(got[i]),
					gopacket.LayerString(l))
			}
			same++
		}
	}
	if same < 2500 {
		t.Errorf("%d layers were compared", same)
	}
}

// TestDecoderInvariants checks that layers, ports, reason and error are those of the walk, on
// every frame of the samples.
func TestDecoderInvariants(t *testing.T) {
	for _, f := range sampleFrames(t) {
		decoderHolds(t, &f)
	}
}

// TestDecoderInvariantsCorpus makes the same check on real captures.
func TestDecoderInvariantsCorpus(t *testing.T) {
	for _, f := range corpustest.CorpusFrames(t) {
		decoderHolds(t, &f)
	}
}

func decoderHolds(t *testing.T, f *corpustest.Frame) {
	t.Helper()
	p := gopacket.NewPacket(f.Data, decode.Decoder(f.Link), gopacket.NoCopy)
	walk := decode.PacketOf(p)
	where := fmt.Sprintf("%s frame %d", f.File, f.N)
	if walk == nil {
		t.Errorf("%s: no walk: %v", where, p.ErrorLayer())
		return
	}
	var want decode.Packet
	want.Decode(f.Link, f.Data, len(f.Data))
	if !slices.EqualFunc(walk.Layers, want.Layers,
		func(a, b decode.Layer) bool { return a.ID == b.ID && a.At == b.At }) ||
		!slices.Equal(walk.Ports, want.Ports) {
		t.Errorf("%s: %v %v, want %v %v", where, walk.Layers, walk.Ports, want.Layers, want.Ports)
	}
	failed := walk.Stop.Err != nil || walk.NoPorts == decode.UnsupportedLink
	if e := p.ErrorLayer(); (e != nil) != failed {
		t.Errorf("%s: error layer %v, stop %v", where, e, walk.Stop)
	}
	wantFlow := ""
	for _, q := range walk.Ports {
		if !q.Quoted {
			wantFlow = fmt.Sprintf("%d>%d", q.Src, q.Dst)
			break
		}
	}
	got := ""
	if x := p.TransportLayer(); x != nil {
		src, dst := x.TransportFlow().Endpoints()
		got = src.String() + ">" + dst.String()
	}
	if got != wantFlow {
		t.Errorf("%s: transport layer %s, want %s", where, got, wantFlow)
	}
	i := 0
	for _, l := range p.Layers() {
		switch l.(type) {
		case *decode.Walk, *decode.PortsLayer, *gopacket.Payload, *gopacket.Fragment,
			*gopacket.DecodeFailure:
			continue
		}
		w := walk.Layers[i]
		from := min(w.At+w.Len, len(f.Data))
		if w.ID != decode.IDICMPv6 && string(l.LayerContents()) != string(f.Data[w.At:from]) {
			t.Errorf("%s: %s has %d bytes, want %d", where, l.LayerType(), len(l.LayerContents()),
				from-w.At)
		}
		i++
	}
	if i != len(walk.Layers) {
		t.Errorf("%s: %d headers, want %d", where, i, len(walk.Layers))
	}
	_ = p.String() // layers must not be nested too deeply to print
}

// TestDecoderErrors checks a link type without a decoder, and a packet that was cut.
func TestDecoderErrors(t *testing.T) {
	p := gopacket.NewPacket([]byte{1, 2, 3}, decode.Decoder(147), gopacket.Default)
	if e := p.ErrorLayer(); e == nil || !errors.Is(e.Error(), decode.ErrLinkType) ||
		!strings.Contains(e.Error().Error(), "USER0") || p.ApplicationLayer() == nil {
		t.Errorf("%v", p)
	}
	cut := gopacket.NewPacket(dnsQuery(), decode.Decoder(linktype.Ethernet), gopacket.Lazy)
	walk := decode.PacketOf(cut)
	var stop decode.DecodeError
	if walk.Stop.Claim != decode.ClaimCaptured || !cut.Metadata().Truncated ||
		!errors.As(cut.ErrorLayer().Error(), &stop) || stop.Layer != decode.IDUDP {
		t.Errorf("%v", cut)
	}
	if got := flows(cut); got != "53124>53" {
		t.Errorf("ports %s of a header that was cut", got)
	}
	for _, own := range []gopacket.Decoder{layers.LinkTypeEthernet} {
		if decode.PacketOf(gopacket.NewPacket(dnsQuery(), own, gopacket.Default)) != nil {
			t.Error("a walk in a packet that gopacket decoded")
		}
	}
}
