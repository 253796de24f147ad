package decode_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/linktype"
)

// An edge is a frame in which one bit or byte determines where the next header begins. Ports and
// their positions are those of tshark 4.0.17 for the same bytes. If alone contains a reason why
// tshark cannot be used, they were counted by hand.
type edge struct {
	name     string
	link     linktype.Type
	frame    string
	ports    string // protocol, source port and byte offset of each transport header
	layers   string
	reason   decode.Reason
	cut      [2]int            // first byte of the cut header, and the number of bytes it needs
	last     decode.ProtocolID // a header whose payload ends before the frame does
	trailing int               // by this number of bytes
	alone    string
}

const (
	eISL = " 020000000001 0042 aaaa03 00000c 0014 0001 0000 " // after the type

	eAMSDU = "8801 0000 020000000001 020000000002 020000000003 1000 8000 " +
		tMACs + "0028 aaaa03 000000 0800 "
	eCommon    = "0200 1400 0000000000000000 0100 0000 00000000 00000000 " // with a check sequence
	eCommonNot = "0200 1400 0000000000000000 0000 0000 00000000 00000000 "
)

// ePKTAP is the rest of Apple's packet tap header after the first three fields.
var ePKTAP = strings.Repeat(" 00000000", 24)

var edges = []edge{
	// RFC 3518 section 4.2: four bytes of LAN identifier if the flag for it is set, and the given
	// number of padding bytes after the frame.
	{
		name: "PPP bridged LAN", link: 9,
		frame: "ff03 0031 40 01 00000007" + tEth4 + tIn4,
		ports: "udp/53124@44", layers: "ppp bcp_bpdu eth ip udp",
		alone: "tshark knows no LAN identifier",
	},
	{
		name:     "PPP bridged LAN with three bytes of padding",
		link:     9,
		frame:    "ff03 0031 43 01 00000007" + tEth4 + tIn4 + "000000",
		ports:    "udp/53124@44",
		layers:   "ppp bcp_bpdu eth ip udp",
		last:     decode.IDEthernet,
		trailing: 3,
		alone:    "tshark knows no LAN identifier",
	},
	{
		name:     "PPP bridged with fifteen bytes of padding",
		link:     9,
		frame:    "ff03 0031 0f 01" + tEth4 + tIn4 + strings.Repeat("00", 15),
		ports:    "udp/53124@40",
		layers:   "ppp bcp_bpdu eth ip udp",
		last:     decode.IDEthernet,
		trailing: 15,
	},
	{
		name: "PPP bridged LAN, cut in the identifier", link: 9,
		frame:  "ff03 0031 40 01 0000",
		layers: "ppp bcp_bpdu", reason: decode.Malformed, cut: [2]int{4, 6},
	},
	{
		name: "PPP bridged, cut in the flags", link: 9,
		frame:  "ff03 0031 00",
		layers: "ppp bcp_bpdu", reason: decode.Malformed, cut: [2]int{4, 2},
	},
	{
		name: "PPP bridged Token Ring", link: 9,
		frame:  "ff03 0031 00 03" + tEth4 + tIn4,
		layers: "ppp bcp_bpdu", reason: decode.NotIP,
	},

	// IEEE 802.11 section 9.3.2.2: the length of a subframe determines its end. The three bytes
	// after it are too few for another subframe.
	{
		name:  "A-MSDU subframe with trailing bytes",
		link:  105,
		frame: eAMSDU + tIn4 + "000000",
		ports: "udp/53124@68", layers: "wlan wlan_aggregate llc snap ip udp",
		last: decode.IDAMSDU, trailing: 3,
	},

	// RFC 8200 section 4.2: the option's length is eight bytes, but its header has only four left.
	{
		name: "IPv6 hop-by-hop option longer than its header", link: 101,
		frame: "60000000 0014 00 40 20010db8000000000000000000000001" +
			"20010db8000000000000000000000002 11 00 1e 08 01020304 cf84 0009 000c 0000 01020304",
		ports: "udp/53124@48", layers: "ipv6 ipv6.hopopts udp",
	},

	// RFC 2018 section 3: one block of eight bytes, then padding.
	{
		name: "TCP with a SACK block before two NOPs", link: 101,
		frame: "45000034 00010000 4006 0000 0a000001 0a000002 cf84 0009 00000001 00000002 8010 " +
			"0400 " +
			"0000 0000 050a 00000003 00000004 0101",
		ports: "tcp/53124@20", layers: "ip tcp",
	},

	// IEEE 802.11 section 9.2.4.5: outside of a mesh, the bit that announces a Mesh Control field
	// has another meaning. In a mesh, not all bodies have the field.
	{
		name:   "802.11 QoS, a body that begins like a Mesh Control field",
		link:   105,
		frame:  "8802 0000 020000000001 020000000002 020000000003 1000 0000 000103 0000",
		layers: "wlan llc", reason: decode.NotIP,
	},
	{
		name: "802.11 QoS with a Mesh Control field",
		link: 105,
		frame: "8802 0000 020000000001 020000000002 020000000003 1000 0001 00 1f 00000007 " +
			"aaaa03 000000 0800" + tIn4,
		ports: "udp/53124@60", layers: "wlan wlan_mesh llc snap ip udp",
	},

	// The flag of the frame check sequence is bit 0 of the 802.11-Common field. Only the correct
	// alignment finds this field after another one. With the check sequence as part of the A-MSDU,
	// there would be another subframe.
	{
		name: "PPI aligned to four bytes",
		link: 192,
		frame: "00 01 2800 69000000 ff7f 0100 01 000000" + eCommon + eAMSDU + tIn4 +
			"00000000",
		ports:    "udp/53124@108",
		layers:   "ppi wlan wlan_aggregate llc snap ip udp",
		last:     decode.IDWLAN,
		trailing: 4,
		alone:    "tshark finds the field, and calls the frame malformed",
	},
	{
		name:     "PPI not aligned",
		link:     192,
		frame:    "00 00 2500 69000000 " + "ff7f 0100 01" + eCommon + eAMSDU + tIn4 + "00000000",
		ports:    "udp/53124@105",
		layers:   "ppi wlan wlan_aggregate llc snap ip udp",
		last:     decode.IDWLAN,
		trailing: 4,
	},
	{
		name:     "PPI without a check sequence",
		link:     192,
		frame:    "00 00 2500 69000000 " + "ff7f 0100 01" + eCommonNot + eAMSDU + tIn4,
		ports:    "udp/53124@105",
		layers:   "ppi wlan wlan_aggregate llc snap ip udp",
		last:     decode.IDWLAN,
		trailing: 0,
	},

	// The type is the upper half of a byte, the priority the lower half. The check sequence
	// follows the inner frame.
	{
		name:  "ISL of priority 15",
		frame: "01000c0000 0f" + eISL + tEth4 + tIn4 + "00000000",
		ports: "udp/53124@60", layers: "isl eth ip udp", last: decode.IDEthernet, trailing: 4,
	},
	{
		name:  "ISL to the other group",
		frame: "03000c0000 00" + eISL + tEth4 + tIn4 + "00000000",
		ports: "udp/53124@60", layers: "isl eth ip udp",
		alone: "tshark knows the other group only",
	},
	{
		name: "ISL Token Ring",
		frame: "01000c0000 10" + strings.Replace(eISL, "0042", "0047", 1) + "0000000000 1040" +
			tMACs + "aaaa03 000000 0800" + tIn4 + "00000000",
		ports:    "udp/53124@73",
		layers:   "isl tr llc snap ip udp",
		last:     decode.IDTokenRing,
		trailing: 4,
	},
	{
		name:   "ISL Token Ring, cut in its own fields",
		frame:  "01000c0000 10" + eISL + "00000000",
		layers: "isl", reason: decode.Malformed, cut: [2]int{0, 31},
	},
	{
		name:   "ISL FDDI",
		frame:  "01000c0000 20" + eISL + "50" + tMACs + "aaaa03 000000 0800" + tIn4 + "00000000",
		layers: "isl", reason: decode.NotIP,
	},
	{
		name:   "ISL of another type",
		frame:  "01000c0000 30" + eISL + tEth4 + tIn4 + "00000000",
		layers: "isl", reason: decode.NotIP,
	},
	{
		name:  "a frame to ISL's group that is none",
		frame: "01000c0000 00 020000000001 0800" + tIn4,
		ports: "udp/53124@34", layers: "eth ip udp",
	},

	// The bottom of the stack is one bit between the traffic class and the time to live.
	{
		name:  "MPLS with every traffic class bit and no bottom",
		frame: inEth("8847", "00010eff 000101ff"+tIn4),
		ports: "udp/53124@42", layers: "eth mpls mpls ip udp",
	},
	{
		name:  "MPLS with an odd label and no bottom",
		frame: inEth("8847", "00013000 ffff3100"+tIn4),
		ports: "udp/53124@42", layers: "eth mpls mpls ip udp",
	},
	{
		name:  "MPLS of one label that looks like a version",
		frame: inEth("8847", "45000140"+tIn4),
		ports: "udp/53124@38", layers: "eth mpls ip udp",
	},
	{
		name:   "MPLS without a bottom",
		frame:  inEth("8847", "00010040 00011040"),
		layers: "eth mpls mpls", reason: decode.Malformed, cut: [2]int{22, 4},
	},
	{
		name:   "MPLS with nothing below",
		frame:  inEth("8847", "00010140"),
		layers: "eth mpls", reason: decode.NotIP,
	},
	{
		name:  "MPLS in UDP, the bottom in the third label",
		frame: overUDP(6635, "00010e40 00012040 00011140"+tIn4),
		ports: "udp/53248@34 udp/53124@74", layers: "eth ip udp mpls mpls mpls ip udp",
	},
	{
		name:  "UDP of MPLS's port without a bottom",
		frame: overUDP(6635, "00010040 00012040 00011040"+tIn4),
		ports: "udp/53248@34", layers: "eth ip udp", alone: "tshark goes by the port alone",
	},

	// LINKTYPE_USER2 is Apple's packet tap if the length and the record type are possible.
	{
		name:   "USER2 with a packet tap",
		link:   149,
		frame:  "6c000000 01000000 01000000" + ePKTAP + tEth4 + tIn4,
		ports:  "udp/53124@142",
		layers: "pktap eth ip udp",
		alone:  "user-defined",
	},
	{
		name:   "USER2 with a packet tap that is no packet",
		link:   149,
		frame:  "6c000000 00000000 01000000" + ePKTAP + tEth4 + tIn4,
		layers: "pktap",
		reason: decode.NotIP,
		alone:  "user-defined",
	},
	{
		name:   "USER2 of a record type that there is not",
		link:   149,
		frame:  "6c000000 02000000 01000000" + ePKTAP + tEth4 + tIn4,
		reason: decode.UnsupportedLink,
		alone:  "user-defined",
	},
	{
		name:   "USER2 too short a packet tap",
		link:   149,
		frame:  "6b000000 01000000 01000000" + ePKTAP + tEth4 + tIn4,
		reason: decode.UnsupportedLink,
		alone:  "user-defined",
	},
	{
		name: "USER2 too long a packet tap",
		link: 149,
		frame: "b0010000 01000000 01000000" + strings.Repeat(
			ePKTAP,
			17,
		) + "00000000 00000000 00000000" + tEth4 + tIn4,
		reason: decode.UnsupportedLink,
		alone:  "user-defined",
	},
	{
		name: "USER2 of eleven bytes", link: 149,
		frame:  "6c000000 01000000 010000",
		reason: decode.UnsupportedLink, alone: "user-defined",
	},

	// RFC 1201: three bytes more than RFC 1051, and four before them in an exception packet.
	{
		name: "ARCnet, one byte short of a protocol", link: 7,
		frame:  "01 02 d4",
		layers: "arcnet", reason: decode.Malformed, cut: [2]int{0, 4},
	},
	{
		name: "ARCnet, cut in the sequence number", link: 7,
		frame:  "01 02 d4 00 00",
		layers: "arcnet", reason: decode.Malformed, cut: [2]int{0, 6},
	},
	{
		name: "ARCnet exception", link: 7,
		frame: "01 02 d4 ff ffff ff 00 0001" + tIn4,
		ports: "udp/53124@30", layers: "arcnet ip udp",
	},
	{
		name: "ARCnet exception, cut after it", link: 7,
		frame:  "01 02 d4 ff ffff ff",
		layers: "arcnet", reason: decode.Malformed, cut: [2]int{0, 10},
	},
	{
		name: "ARCnet exception, a later piece", link: 7,
		frame:  "01 02 d4 ff ffff ff 02 0001" + tIn4,
		layers: "arcnet", reason: decode.LaterFragment,
		alone: "tshark takes each piece for a packet",
	},
	{
		name: "ARCnet, the first of two pieces", link: 7,
		frame: "01 02 d4 01 0001" + tIn4,
		ports: "udp/53124@26", layers: "arcnet ip udp",
	},
	{
		name: "ARCnet, the second of two pieces", link: 7,
		frame:  "01 02 d4 02 0001" + tIn4,
		layers: "arcnet", reason: decode.LaterFragment,
		alone: "tshark takes each piece for a packet",
	},
	{
		name: "ARCnet Linux, one byte short of a protocol", link: 129,
		frame:  "01 02 0000 d4",
		layers: "arcnet", reason: decode.Malformed, cut: [2]int{0, 6},
	},
	{
		name: "ARCnet Linux of RFC 1051", link: 129,
		frame: "01 02 0000 f0" + tIn4,
		ports: "udp/53124@25", layers: "arcnet ip udp",
	},
	{
		name: "ARCnet Linux, which has no exception", link: 129,
		frame: "01 02 0000 d4 ff 0001" + tIn4,
		ports: "udp/53124@28", layers: "arcnet ip udp",
	},
	// IEEE 802.3 clause 3.2.6: values up to 1500 are a length
	{
		name: "the longest length",
		frame: tMACs + "05dc aaaa03 000000 0800" + tIn4 +
			strings.Repeat("00", 1500-8-len(strings.ReplaceAll(tIn4, " ", ""))/2),
		ports: "udp/53124@42", layers: "eth llc snap ip udp",
	},
	{
		name: "an option of IPv4 that goes beyond the header",
		frame: tMACs + "0800 4600 0020 0000 0000 4011 0000 c0000201 c0000202 0708 0400" +
			"cf84 0035 0008 0000",
		ports: "udp/53124@38", layers: "eth ip udp",
		alone: "tshark shows such an option as an error, without its type",
	},
}

// raw returns the bytes of an edge.
func (e *edge) raw(t *testing.T) corpustest.Frame {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(e.frame, " ", ""))
	if err != nil {
		t.Fatalf("%s: %v", e.name, err)
	}
	link := e.link
	if link == 0 {
		link = linktype.Ethernet
	}
	return corpustest.Frame{File: e.name, Link: link, Data: b, Wire: len(b)}
}

func TestEdges(t *testing.T) {
	for i := range edges {
		e := &edges[i]
		t.Run(e.name, func(t *testing.T) {
			var p decode.Packet
			f := e.raw(t)
			p.Decode(f.Link, f.Data, f.Wire)
			var layers []string
			for j, l := range p.Layers {
				layers = append(layers, l.ID.String())
				tiles(t, &p, j)
				for _, fd := range p.Fields(j) {
					if fd.Cut && e.cut[1] == 0 {
						t.Errorf("%s: %s is cut, and the frame is not", l.ID, fd.Key)
					}
				}
				if l.ID == e.last && l.End != len(f.Data)-e.trailing {
					t.Errorf(
						"%s ends at %d of %d, want %d trailing bytes",
						l.ID,
						l.End,
						len(f.Data),
						e.trailing,
					)
				}
			}
			if got := strings.Join(layers, " "); got != e.layers {
				t.Errorf("layers %s, want %s", got, e.layers)
			}
			if got := portsText(&p); got != e.ports || p.NoPorts != e.reason {
				t.Errorf(
					"ports %q and reason %q, want %q and %q (stop: %v)",
					got,
					p.NoPorts,
					e.ports,
					e.reason,
					p.Stop,
				)
			}
			if got := [2]int{p.Stop.At, p.Stop.Need}; got != e.cut ||
				e.cut[1] > 0 != errors.Is(p.Stop, decode.ErrShort) {
				t.Errorf("stop %v, want %v", p.Stop, e.cut)
			}
		})
	}
}

// TestCutAfterHeader checks frames that were cut exactly at the end of a header. That header
// counts.
func TestCutAfterHeader(t *testing.T) {
	for _, c := range []struct {
		name, frame    string
		captured, wire int
		layers, ports  string
		at             int // of the missing header
	}{
		{"CAPWAP", overUDP(5247, "00 10 02 00 00000000"+tEth4+tIn4), 14 + 20 + 8 + 8, 0,
			"eth ip udp capwap.data", "udp/53248@34", 14 + 20 + 8 + 8},
		// RFC 4340 section 5.1: the ports are the first four bytes of at least 12
		{"the ports of DCCP", tMACs + "0800 4500 0024 0000 0000 4021 0000 c0000201 c0000202" +
			"1389 138a", 14 + 20 + 4, 14 + 36, "eth ip dccp", "dccp/5001@34", 14 + 20},
	} {
		b, err := hex.DecodeString(strings.ReplaceAll(c.frame, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		var p decode.Packet
		p.Decode(linktype.Ethernet, b[:c.captured:c.captured], max(len(b), c.wire))
		var layers []string
		for _, l := range p.Layers {
			layers = append(layers, l.ID.String())
		}
		if got := strings.Join(layers, " "); got != c.layers || portsText(&p) != c.ports ||
			p.Stop.At != c.at {
			t.Errorf("%s: %s, %s, stop %v; want %s, %s, at byte %d", c.name, got, portsText(&p),
				p.Stop, c.layers, c.ports, c.at)
		}
	}
}

// TestAristaCut checks that subtype and version determine the fields, captured or not.
func TestAristaCut(t *testing.T) {
	var p decode.Packet
	p.DecodeAs(decode.IDArista, []byte{0, 1, 1, 0x20}, 100)
	var keys []string
	for _, f := range p.Fields(0) {
		keys = append(keys, f.Key)
	}
	if got := strings.Join(keys, " "); !strings.HasSuffix(got, " avsp.48sec avsp.48ns avsp.etype") {
		t.Error(got)
	}
}

// TestTCPControlCut checks the control bits in byte 13 of the header (RFC 9293 section 3.1).
func TestTCPControlCut(t *testing.T) {
	b, err := hex.DecodeString("45000028000100004006" + "0000" + "0a0000010a000002" +
		"cf840009000000010000000050120400" + "00000000")
	if err != nil {
		t.Fatal(err)
	}
	const ports, control = 20 + 4, 20 + 14 // bytes needed for each of them
	for n := ports; n <= len(b); n++ {
		var p decode.Packet
		p.Decode(linktype.Raw, b[:n:n], len(b))
		if len(p.Ports) != 1 {
			t.Fatalf("%d bytes: %+v", n, p.Ports)
		}
		flags, ok := p.TCPControl(&p.Ports[0])
		if ok != (n >= control) || ok && flags != decode.FlagSYN|decode.FlagACK {
			t.Errorf("%d bytes: flags %#x, %v", n, flags, ok)
		}
	}
}

func TestEdgesTshark(t *testing.T) {
	var frames []corpustest.Frame
	want := map[string]string{}
	for i := range edges {
		if e := &edges[i]; e.alone == "" {
			frames = append(frames, e.raw(t))
			want[e.name] = e.ports
		}
	}
	check := newPDMLCheck(t)
	dissect(t, frames, func(f corpustest.Frame, fields []corpustest.Element) {
		check.frame(f, fields)
		var theirs []string
		for _, q := range fields {
			if proto, ok := strings.CutSuffix(q.Name, ".srcport"); ok {
				theirs = append(theirs, fmt.Sprintf("%s/%s@%d", proto, q.Show, q.Pos))
			}
		}
		if got := strings.Join(theirs, " "); got != want[f.File] {
			t.Errorf("%s: tshark's ports are %q, listed are %q", f.File, got, want[f.File])
		}
	})
	check.report()
}
