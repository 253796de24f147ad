package decode_test

import (
	"strings"
	"testing"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/linktype"
	"github.com/portsniff/portsniff/pcaps"
)

// TestGuessStart checks the samples' frames, whose link type the file contains, and their IP
// headers without link header.
func TestGuessStart(t *testing.T) {
	var p decode.Packet
	guessed := map[decode.ProtocolID]int{}
	check := func(name string, frame int64, data []byte, want decode.ProtocolID) {
		t.Helper()
		guessed[want]++
		if got, why := decode.GuessStart(data); got != want || why == "" {
			t.Errorf("%s frame %d: begins with %s (%s), not %s: % x", name, frame, got, why, want,
				data[:min(len(data), 40)])
		}
	}
	for _, s := range pcaps.List() {
		f, err := pcaps.Open(s.Name)
		if err != nil {
			t.Fatal(err)
		}
		src, err := pcapfile.NewReader(f, s.Name, pcapfile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		var read capture.Packet
		for src.Next(&read) == nil {
			if read.Link != linktype.Ethernet {
				continue
			}
			p.Decode(linktype.Ethernet, read.Data, read.Length)
			check(s.Name, read.Number, read.Data, decode.IDEthernet)
			if net := p.NetLayer(); net >= 0 {
				check(s.Name, read.Number, read.Data[p.Layers[net].At:], p.Layers[net].ID)
			}
		}
	}
	for _, id := range []decode.ProtocolID{decode.IDEthernet, decode.IDIPv4, decode.IDIPv6} {
		if guessed[id] == 0 {
			t.Errorf("no sample begins with %s", id)
		}
	}
}

// TestGuessStartDamaged checks headers with a defect.
func TestGuessStartDamaged(t *testing.T) {
	// according to tshark
	sound := []byte{0x45, 0, 0, 40, 0x1c, 0x46, 0x40, 0, 64, 6, 0x32, 0x45, 192, 0, 2, 10, 198, 51,
		100, 7,
		0xc9, 0x3a, 0x01, 0xbb, 0x5a, 0x1b, 0x3c, 0x4d, 0, 0, 0, 0, 0x50, 2, 0xfa, 0xf0, 0x67, 0x4e,
		0, 0}
	ipv4 := []byte{0x45, 0, 0, 20, 0, 0, 0x40, 0, 64, 6, 0xff, 0xff, 192, 0, 2, 10, 198, 51, 100, 7}
	for _, c := range []struct {
		name string
		data []byte
		want decode.ProtocolID
	}{
		{"nothing", nil, decode.IDRaw},
		{"one byte", []byte{0x45}, decode.IDRaw},
		{"IPv4, wrong checksum", ipv4, decode.IDIPv4},
		{"IPv4 cut", ipv4[:12], decode.IDRaw},
		{"a length of 512, which is no type",
			[]byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 2, 0, 0x42, 0x42, 3}, decode.IDEthernet},
		{"an unknown EtherType", []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0xfe, 0xfe, 0},
			decode.IDEthernet},
		{"Linux cooked capture", append([]byte{0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 0x10, 0, 0, 8, 0},
			sound...), decode.IDSLL},
		{"Linux cooked capture, version 2", append([]byte{8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0,
			0, 0, 0, 0x10, 0, 0}, sound...), decode.IDSLL2},
		{"BSD's loopback", append([]byte{2, 0, 0, 0}, sound...), decode.IDNull},
		{"the IP header alone", sound, decode.IDIPv4},
		{"a station whose address begins with 45",
			append([]byte{0x45, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0}, ipv4...),
			decode.IDEthernet},
	} {
		if got, why := decode.GuessStart(c.data); got != c.want || why == "" ||
			strings.Contains(why, "PUP") {
			t.Errorf("%s: %s (%s), want %s", c.name, got, why, c.want)
		}
	}
}

func TestFindID(t *testing.T) {
	for word, want := range map[string]decode.ProtocolID{"eth": decode.IDEthernet,
		"Ethernet": decode.IDEthernet, "IP": decode.IDRaw, "ipv4": decode.IDIPv4,
		"ipv6": decode.IDIPv6, "TCP": decode.IDTCP, "udp": decode.IDUDP,
		"udplite": decode.IDUDPLite, "sctp": decode.IDSCTP, "dccp": decode.IDDCCP,
		"icmp": decode.IDICMP, "icmpv6": decode.IDICMPv6, "arp": decode.IDARP,
		"vxlan": decode.IDVXLAN} {
		if got, ok := decode.FindID(word); !ok || got != want {
			t.Errorf("%q: %s, %v", word, got, ok)
		}
	}
	if id, ok := decode.FindID("nothing such"); ok {
		t.Errorf("an unknown word gave %s", id)
	}
}
