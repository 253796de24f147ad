package anonymize_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/anonymize"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/linktype"
)

// Offsets in a frame of Ethernet, IPv4 without options, and TCP or UDP.
const (
	protoAt  = 14 + 9
	tcpSumAt = 14 + 20 + 16
	udpSumAt = 14 + 20 + 6
	tcpEnd   = 14 + 20 + 20
)

// plainFrames returns the frames with TCP or UDP over IPv4 over Ethernet.
func plainFrames(frames []corpustest.Frame, least int) (list []corpustest.Frame) {
	for _, f := range frames {
		if f.Link == linktype.Ethernet && len(f.Data) >= least && len(f.Data) == f.Wire &&
			f.Data[12] == 8 && f.Data[13] == 0 && f.Data[14] == 0x45 &&
			binary.BigEndian.Uint16(f.Data[20:])&0x3fff == 0 &&
			(f.Data[protoAt] == 6 || f.Data[protoAt] == 17) {
			f.Data = bytes.Clone(f.Data)
			list = append(list, f)
		}
	}
	return list
}

func sumAt(f *corpustest.Frame) int {
	if f.Data[protoAt] == 6 {
		return tcpSumAt
	}
	return udpSumAt
}

// TestWrongChecksumsStayWrong checks in tshark that a wrong checksum is still wrong afterwards.
func TestWrongChecksumsStayWrong(t *testing.T) {
	frames := plainFrames(corpustest.SampleFrames(t, "../../pcaps"), tcpEnd)
	a := anonymize.New(sampleKey)
	made := slices.Clone(frames)
	for i := range frames {
		f := &frames[i]
		f.Data[sumAt(f)] ^= 0x55
		made[i].Data = bytes.Clone(a.Frame(f.Link, f.Data, f.Wire, false))
	}
	sums := []string{"tcp.checksum.status", "udp.checksum.status"}
	before := corpustest.Fields(t, frames, sums, options...)
	after := corpustest.Fields(t, made, sums, options...)
	wrong := 0
	for i := range before {
		for j := range sums {
			bad := strings.Count(before[i][j], "0")
			if wrong += bad; strings.Count(after[i][j], "0") < bad {
				t.Errorf("%s frame %d: %s was %s and is %s", frames[i].File, frames[i].N, sums[j],
					before[i][j], after[i][j])
			}
		}
	}
	if wrong < 400 {
		t.Errorf("tshark finds only %d wrong checksums", wrong)
	}
}

// TestUnverifiableChecksums checks that a checksum over bytes that were not captured becomes
// zero, and a missing one stays missing. A wrong checksum in a packet that an ICMP error quotes
// also becomes zero, because routers may have changed that packet.
func TestUnverifiableChecksums(t *testing.T) {
	samples := corpustest.SampleFrames(t, "../../pcaps")
	frames := plainFrames(samples, tcpEnd+20)
	a := anonymize.New(sampleKey)
	quotes := 0
	for _, f := range samples {
		const icmpAt, quotedAt = 14 + 20, 14 + 20 + 8
		if f.File != "udp-closed.pcap" || f.Data[13] != 0 || f.Data[protoAt] != 1 {
			continue // not an ICMP error about UDP over IPv4
		}
		at := quotedAt + 20 + 6
		f.Data = bytes.Clone(f.Data)
		f.Data[at] ^= 0x55
		got := a.Frame(f.Link, f.Data, f.Wire, false)
		if f.Data[icmpAt] != 3 || f.Data[at] == 0 || got[at] != 0 || got[at+1] != 0 {
			t.Errorf("%s frame %d: %x became %x", f.File, f.N, f.Data[at:at+2], got[at:at+2])
		}
		quotes++
	}
	if quotes == 0 {
		t.Error("no ICMP error")
	}
	compared := 0
	for _, f := range frames {
		at := sumAt(&f)
		if f.Data[protoAt] == 17 {
			f.Data[at], f.Data[at+1] = 0, 0
		} else {
			f.Data = f.Data[:len(f.Data)-1]
		}
		got := a.Frame(f.Link, f.Data, f.Wire, false)
		if sum := binary.BigEndian.Uint16(got[at:]); sum != 0 {
			t.Errorf("%s frame %d: %#04x", f.File, f.N, sum)
		}
		compared++
	}
	if compared < 100 {
		t.Errorf("%d frames", compared)
	}
}

// TestTextAndDataInHeaders checks that text and option data in headers become zero, and the rest of
// the headers stays.
func TestTextAndDataInHeaders(t *testing.T) {
	const secret, pflog = "SECRET!!", 117
	ip := func(proto byte, length int) []byte {
		b := []byte{0x45, 0, 0, byte(20 + length), 0, 0, 0, 0, 64, proto, 0, 0}
		return append(b, 192, 0, 2, 10, 198, 51, 100, 7)
	}
	tcp := []byte{0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 8 << 4, 2, 0x20, 0, 0, 0, 0, 0}
	tcp = append(append(tcp, 34, 10), secret...) // the TCP Fast Open cookie (RFC 7413)
	tcp = append(tcp, 1, 1)
	log := make([]byte, 64)
	copy(log, []byte{61, 2, 1, 0})
	copy(log[4:], secret)  // the interface name
	copy(log[20:], secret) // the ruleset name
	for _, c := range []struct {
		link linktype.Type
		data []byte
		sums []int // offsets of the checksums
	}{
		{linktype.IPv4, append(ip(6, len(tcp)), tcp...), []int{10, 20 + 16}},
		{pflog, append(append(log, ip(17, 8)...), 0x9c, 0x40, 0, 53, 0, 8, 0, 0), []int{64 + 10}},
	} {
		want := bytes.ReplaceAll(c.data, []byte(secret), make([]byte, len(secret)))
		got := bytes.Clone(anonymize.New(sampleKey).Frame(c.link, c.data, len(c.data), false))
		for _, at := range c.sums {
			copy(want[at:at+2], got[at:])
		}
		addrs := bytes.Index(c.data, []byte{192, 0, 2, 10}) // other tests check the addresses
		copy(want[addrs:addrs+8], got[addrs:])
		if !bytes.Equal(got, want) || bytes.Equal(c.data, want) {
			t.Errorf("link type %d: %x\nwant %x", c.link, got, want)
		}
	}
}
