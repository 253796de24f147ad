package decode_test

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/linktype"
)

// brokenCases are frames whose inner headers contain wrong lengths. The headers before the wrong
// length are kept, and Stop names the header with the wrong length.
var brokenCases = []struct {
	name   string
	frame  string
	ports  string
	layers string
	reason decode.Reason
	stop   decode.ProtocolID
	err    error
}{
	{name: "GTP-U extension header of length 0",
		frame: overUDP(2152, "34ff001000000001 00000085 00000000 00000000 00000000"),
		ports: "udp/53248@34", layers: "eth ip udp gtp", stop: decode.IDGTP, err: decode.ErrLength},
	{name: "GTP-U extension header longer than what is left",
		frame: overUDP(2152, "34ff000800000001 00000085 ff000000"), ports: "udp/53248@34",
		layers: "eth ip udp gtp", stop: decode.IDGTP, err: decode.ErrShort},
	{name: "sFlow sample longer than the datagram",
		frame: overUDP(6343,
			"00000005 00000001 c0000201 00000000 00000001 00000001 00000001 00000001 00010000"+
				strings.Repeat("00", 32)), ports: "udp/53248@34",
		layers: "eth ip udp sflow sflow.sample", stop: decode.IDSFlowSample, err: decode.ErrLength},
	{name: "sFlow record longer than its sample",
		frame: overUDP(6343,
			"00000005 00000001 c0000201 00000000 00000001 00000001 00000001 00000001 00000028"+
				strings.Repeat("00", 32)+"00000001 00010000"), ports: "udp/53248@34",
		layers: "eth ip udp sflow sflow.sample sflow.record", stop: decode.IDSFlowRecord,
		err: decode.ErrLength},
	{name: "sFlow header longer than its record",
		frame: overUDP(6343, "00000005 00000001 c0000201 00000000 00000001 00000001 00000001"+
			// 16 bytes and 24 of the packet
			" 00000001 00000050"+strings.Repeat("00", 32)+
			"00000001 00000028 00000001 00000100 00000000 00000100"+
			tEth4+"45000020 00010000 4011"), ports: "udp/53248@34",
		layers: "eth ip udp sflow sflow.sample sflow.record eth ip", stop: decode.IDIPv4,
		err: decode.ErrShort},
	{name: "MACsec short length ends within UDP",
		frame: inEth("88e5", "00 1a 00000001 0800"+tIn4+strings.Repeat("cc", 16)),
		ports: "udp/53124@42", layers: "eth macsec ip udp", stop: decode.IDUDP,
		err: decode.ErrShort},
	{name: "NSH longer than the frame", frame: inEth("894f", "0fff0201 00000aff"+tIn4),
		layers: "eth nsh", reason: decode.Malformed, stop: decode.IDNSH, err: decode.ErrShort},
	{name: "NSH shorter than itself", frame: inEth("894f", "0fc10201 00000aff"+tIn4),
		layers: "eth nsh", reason: decode.Malformed, stop: decode.IDNSH, err: decode.ErrLength},
	{name: "NSH of another version", frame: inEth("894f", "4fc20201 00000aff"+tIn4),
		layers: "eth nsh", reason: decode.Malformed, stop: decode.IDNSH, err: decode.ErrVersion},
	{name: "TRILL of another version", frame: inEth("22f3", "803f 0001 0002"+tEth4+tIn4),
		layers: "eth trill", reason: decode.Malformed, stop: decode.IDTRILL,
		err: decode.ErrVersion},
	{name: "ERSPAN of another version", frame: over4(47, "1000 88be 00000001 3001 0802 00000003"+
		tEth4+tIn4), layers: "eth ip gre erspan", reason: decode.Malformed, stop: decode.IDERSPAN,
		err: decode.ErrVersion},
	{name: "EtherIP of another version", frame: over4(97, "2000"+tEth4+tIn4),
		layers: "eth ip etherip", reason: decode.Malformed, stop: decode.IDEtherIP,
		err: decode.ErrVersion},
	{name: "GRE of another version", frame: over4(47, "0002 0800"+tIn4), layers: "eth ip gre",
		reason: decode.Malformed, stop: decode.IDGRE, err: decode.ErrVersion},
	{name: "UDP length 0 without a jumbogram", frame: over4(17, "d000 0035 0000 0000 01020304"),
		ports:  "udp/53248@34",
		layers: "eth ip udp", stop: decode.IDUDP, err: decode.ErrLength},
	{name: "UDP length 0 over IPv6 without a jumbogram",
		frame: over6(17, "d000 0035 0000 0000 01020304"),
		ports: "udp/53248@54", layers: "eth ipv6 udp", stop: decode.IDUDP, err: decode.ErrLength},
	{name: "UDP length 7", frame: over4(17, "d000 0035 0007 0000 01020304"), ports: "udp/53248@34",
		layers: "eth ip udp", stop: decode.IDUDP, err: decode.ErrLength},
	{name: "UDP length above the IP payload", frame: over4(17, "d000 0035 0064 0000 01020304"),
		ports:  "udp/53248@34",
		layers: "eth ip udp", stop: decode.IDUDP, err: decode.ErrLength},
	{name: "HIP longer than the packet", frame: over6(139, "3b 40 01 11 0000 0000"),
		layers: "eth ipv6 hip", reason: decode.Malformed, stop: decode.IDHIP, err: decode.ErrShort},
}

// TestBareIP checks that an IP packet without a link header is decoded as inside a frame.
func TestBareIP(t *testing.T) {
	var list []string
	for _, c := range brokenCases {
		list = append(list, c.frame)
	}
	for i := range tunnelCases {
		if c := &tunnelCases[i]; c.link == 0 {
			list = append(list, c.frame)
		}
	}
	// UDP with a length above that of the IP packet
	list = append(list, tEth4+"45000020 00010000 4011 0000 0a000001 0a000002 cf84 0009 0100 0000"+
		strings.Repeat("00", 300))
	compared := 0
	for _, text := range list {
		b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		if typ := int(b[12])<<8 | int(b[13]); typ != 0x0800 && typ != 0x86dd {
			continue
		}
		compared++
		var framed, bare decode.Packet
		framed.Decode(linktype.Ethernet, b, len(b))
		bare.Decode(linktype.Raw, b[14:], len(b)-14)
		same := framed.NoPorts == bare.NoPorts && len(framed.Ports) == len(bare.Ports) &&
			framed.Stop.Err == bare.Stop.Err
		for i := range bare.Ports {
			same = same && framed.Ports[i].At == bare.Ports[i].At+14
		}
		if !same {
			t.Errorf("%s: %q, %v and %q, %v", text[:80], framed.NoPorts, framed.Stop, bare.NoPorts,
				bare.Stop)
		}
	}
	if compared < 60 {
		t.Errorf("%d packets were compared", compared)
	}
}

func TestTunnelsBroken(t *testing.T) {
	for _, c := range brokenCases {
		t.Run(c.name, func(t *testing.T) {
			b, err := hex.DecodeString(strings.ReplaceAll(c.frame, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			var p decode.Packet
			p.Decode(linktype.Ethernet, b, len(b))
			var layers []string
			for i, l := range p.Layers {
				layers = append(layers, l.ID.String())
				tiles(t, &p, i)
			}
			if got := strings.Join(layers, " "); got != c.layers {
				t.Errorf("layers %s, want %s", got, c.layers)
			}
			if got := portsText(&p); got != c.ports || p.NoPorts != c.reason {
				t.Errorf("ports %q and reason %q, want %q and %q", got, p.NoPorts, c.ports,
					c.reason)
			}
			if p.Stop.Layer != c.stop || !errors.Is(p.Stop, c.err) {
				t.Errorf("stop %v, want %v at %s", p.Stop, c.err, c.stop)
			}
		})
	}
}

// TestTunnelsForks checks that the state of one sample in an sFlow datagram does not affect the
// next one. The first is an ICMP error that quotes a packet, the second an ordinary packet.
func TestTunnelsForks(t *testing.T) {
	const head = "00000001 00000001 00000100 00000200 00000000 00000001 00000002 00000001"
	unreachable := over4(1, "0303 0000 00000000"+tIn4)
	frame := overUDP(6343, "00000005 00000001 c0000201 00000000 00000001 00000001 00000002"+
		sflowSample(1, head, unreachable)+sflowSample(1, head, tEth4+tIn4))
	b, err := hex.DecodeString(strings.ReplaceAll(frame, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	var p decode.Packet
	p.Decode(linktype.Ethernet, b, len(b))
	// Samples begin at 70 and 70+64+76. A sample has 8 and 32 bytes, a record 24, and the packet of
	// 74 is padded to 76.
	if got, want := portsText(&p), "udp/53248@34 udp/53124@196 udp/53124@308"; got != want {
		t.Fatalf("ports %s, want %s", got, want)
	}
	for i, quoted := range []bool{false, true, false} {
		if p.Ports[i].Quoted != quoted {
			t.Errorf("ports %d: quoted %v, want %v", i, p.Ports[i].Quoted, quoted)
		}
	}
	if net := p.Layers[p.Ports[2].Net]; net.At != 288 || net.Quoted {
		t.Errorf("the last ports are in the IP header %+v, want the one at 288", net)
	}
}

// TestTunnelsEnds checks that the bytes after an inner frame are not part of it.
func TestTunnelsEnds(t *testing.T) {
	for _, c := range []struct {
		name string
		id   decode.ProtocolID // the layer that ends early
		nth  int               // which one of them
		left int               // bytes of the frame after it
	}{
		{"ISL", decode.IDEthernet, 0, 4},
		{"MACsec in the clear", decode.IDMACsec, 0, 16},
		{"GTP-U", decode.IDGTP, 0, 0},
		{"L2TP with length, sequence and offset", decode.IDPPP, 0, 0},
		{"sFlow of two samples", decode.IDEthernet, 1, 126},
	} {
		found := 0
		for i, tc := range tunnelCases {
			if tc.name != c.name {
				continue
			}
			f := tunnelFrame(t, i)
			var p decode.Packet
			p.Decode(f.Link, f.Data, f.Wire)
			for _, l := range p.Layers {
				if l.ID == c.id {
					if found == c.nth && l.End != len(f.Data)-c.left {
						t.Errorf("%s: %s ends at %d of %d, want %d left", c.name, c.id, l.End,
							len(f.Data), c.left)
					}
					found++
				}
			}
		}
		if found <= c.nth {
			t.Errorf("%s: no such frame or layer", c.name)
		}
	}
}
