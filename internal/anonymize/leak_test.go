package anonymize_test

import (
	"bytes"
	"encoding/hex"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/anonymize"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/linktype"
)

// TestNoAddressIsLeft checks that no address that tshark finds in a frame is in the same place
// afterwards, whatever protocol it belongs to.
func TestNoAddressIsLeft(t *testing.T) {
	frames := corpustest.CorpusFrames(t)
	a := anonymize.New(sampleKey)
	found := 0
	corpustest.PDML(t, frames, nil, nil, func(i int, elements []corpustest.Element) {
		f := &frames[i]
		made := a.Frame(f.Link, f.Data, f.Wire, false)
		for _, e := range elements {
			if !isHost(&e) || e.Pos < 0 || e.Pos+e.Size > len(f.Data) {
				continue
			}
			was := f.Data[e.Pos : e.Pos+e.Size]
			if hex.EncodeToString(was) != e.Value {
				continue // a position in reassembled or decrypted bytes
			}
			found++
			// tshark guesses 802.11 instead of a truncated Prism header
			guessed := strings.HasSuffix(f.File, "wpaclean_crash.pcap") && f.N == 1
			if bytes.Equal(made[e.Pos:e.Pos+e.Size], was) && !guessed {
				t.Errorf("%s frame %d: %s %s is left", f.File, f.N, e.Name, e.Show)
			}
		}
	})
	if found < 400_000 {
		t.Errorf("tshark shows only %d addresses", found)
	}
}

// isHost reports whether an element is the address of one host.
func isHost(e *corpustest.Element) bool {
	if strings.HasPrefix(e.Name, "tcp.options") {
		return false // bytes, which tshark writes like a hardware address
	}
	if mac, err := net.ParseMAC(e.Show); err == nil {
		return len(mac) == e.Size && mac[0]&1 == 0 && !bytes.Equal(mac, make([]byte, len(mac)))
	}
	addr, err := netip.ParseAddr(e.Show)
	return err == nil && addr.BitLen() == 8*e.Size && !addr.IsMulticast() &&
		!addr.IsUnspecified() && addr != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// TestIdentitiesInHeaders checks that other numbers that identify a host or a person are not left.
// tshark finds them in the frames, which shows that the frames are right.
func TestIdentitiesInHeaders(t *testing.T) {
	const ap1394, ipfc = 138, 122 // link types
	b := func(text string) []byte {
		out, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	ipv4 := func(proto byte, body []byte) []byte {
		head := b("45 00 0000 0000 0000 40 00 0000 c000020a c6336407")
		head[3], head[9] = byte(len(head)+len(body)), proto
		return append(head, body...)
	}
	udp := func(port uint16, body []byte) []byte {
		return ipv4(17, append([]byte{byte(port >> 8), byte(port), byte(port >> 8), byte(port), 0,
			byte(8 + len(body)), 0, 0}, body...))
	}
	inner := udp(53, nil)
	ipv6 := b("60 000000 0000 3b 40 20010db8000000000000000000000001" +
		"20010db8000000000000000000000002")
	const tag = "20010db8a1a2a3a4a5a6a7a8a9aaabac"
	cases := []struct {
		field, value string
		link         linktype.Type
		data         []byte
	}{
		{"icmp.redir_gw", "a1a2a3a4", linktype.IPv4,
			ipv4(1, append(b("05 01 0000 a1a2a3a4"), inner...))},
		{"hip.hit_sndr", tag, linktype.IPv4,
			ipv4(139, b("3b 04 01 21 0000 0000"+tag+"20010db8b1b2b3b4b5b6b7b8b9babbbc"))},
		{"hip.hit_rcvr", tag, linktype.IPv4,
			ipv4(139, b("3b 04 01 21 0000 0000 20010db8b1b2b3b4b5b6b7b8b9babbbc"+tag))},
		{"gtp.tid", "42f0a1a2a3a4a5a6", linktype.IPv4,
			udp(3386, append(b("1e ff 001c 0001 0002 ff ffffff 42f0a1a2a3a4a5a6"), inner...))},
		{"teredo.orig.addr", "a1a2a3a4", linktype.IPv4,
			udp(3544, append(b("0000 1234 a1a2a3a4"), ipv6...))},
		{"ap1394.dst", "a1a2a3a4a5a6a7a8", ap1394,
			append(b("a1a2a3a4a5a6a7a8 b1b2b3b4b5b6b7b8 0800"), inner...)},
		{"ap1394.src", "a1a2a3a4a5a6a7a8", ap1394,
			append(b("b1b2b3b4b5b6b7b8 a1a2a3a4a5a6a7a8 0800"), inner...)},
		{"ipfc.nh.da", "a1a2a3a4a5a6a7a8", ipfc,
			append(b("a1a2a3a4a5a6a7a8 b1b2b3b4b5b6b7b8 aaaa03000000 0800"), inner...)},
		{"ipfc.nh.sa", "a1a2a3a4a5a6a7a8", ipfc,
			append(b("b1b2b3b4b5b6b7b8 a1a2a3a4a5a6a7a8 aaaa03000000 0800"), inner...)},
	}
	var frames []corpustest.Frame
	for i, c := range cases {
		frames = append(frames, corpustest.Frame{N: int64(i + 1), Link: c.link, Data: c.data,
			Wire: len(c.data)})
	}
	a := anonymize.New(sampleKey)
	corpustest.PDML(t, frames, nil, nil, func(i int, elements []corpustest.Element) {
		f, c := &frames[i], &cases[i]
		if !slices.ContainsFunc(elements, func(e corpustest.Element) bool {
			return e.Name == c.field && e.Pos >= 0 && e.Pos+e.Size <= len(f.Data) &&
				hex.EncodeToString(f.Data[e.Pos:e.Pos+e.Size]) == c.value
		}) {
			t.Errorf("tshark does not find %s in %x", c.field, f.Data)
		}
		made := a.Frame(f.Link, f.Data, f.Wire, false)
		if strings.Contains(hex.EncodeToString(made), c.value) {
			t.Errorf("%s is left: %x", c.field, made)
		}
	})
}
