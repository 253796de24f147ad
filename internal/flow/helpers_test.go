package flow_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/testkit"
	"github.com/portsniff/portsniff/linktype"
)

const (
	client = "192.0.2.10"
	server = "198.51.100.7"
	second = int64(time.Second)
)

// tcp returns an IPv4 packet with a TCP header and a payload.
func tcp(src, dst string, sport, dport uint16, flags byte, payload ...byte) []byte {
	b := make([]byte, 40, 40+len(payload))
	b[0], b[8], b[9] = 0x45, 64, 6
	s, d := netip.MustParseAddr(src).As4(), netip.MustParseAddr(dst).As4()
	copy(b[12:], s[:])
	copy(b[16:], d[:])
	binary.BigEndian.PutUint16(b[20:], sport)
	binary.BigEndian.PutUint16(b[22:], dport)
	b[32], b[33] = 0x50, flags
	b = append(b, payload...)
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	return b
}

// numbered sets the sequence and the acknowledgment number of an IPv4 packet with a TCP header.
func numbered(b []byte, seq, ack uint32) []byte {
	binary.BigEndian.PutUint32(b[24:], seq)
	binary.BigEndian.PutUint32(b[28:], ack)
	return b
}

// udp returns an IPv4 packet with a UDP header and a payload.
func udp(src, dst string, sport, dport uint16, payload ...byte) []byte {
	b := append(tcp(src, dst, sport, dport, 0)[:28:28], payload...)
	b[9] = 17
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	binary.BigEndian.PutUint16(b[24:], uint16(len(b)-20))
	return b
}

// inIPv6 returns an IPv6 packet with the transport header of an IPv4 packet. Its addresses in
// 2001:db8::/32 end with the bytes of the IPv4 addresses.
func inIPv6(v4 []byte) []byte {
	b := make([]byte, 40, 20+len(v4))
	b[0], b[6] = 0x60, v4[9]
	binary.BigEndian.PutUint16(b[4:], uint16(len(v4)-20))
	for i, at := range []int{8, 24} {
		copy(b[at:], "\x20\x01\x0d\xb8")
		copy(b[at+12:], v4[12+4*i:16+4*i])
	}
	return append(b, v4[20:]...)
}

// refusal returns an IPv4 packet with an ICMP error, port unreachable, that quotes a packet.
func refusal(packet []byte) []byte {
	b := append([]byte{0x45, 8: 64, 9: 1, 20: 3, 21: 3, 27: 0}, packet...)
	copy(b[12:], packet[16:20])
	copy(b[16:], packet[12:16])
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	return b
}

// inVXLAN puts an IPv4 packet into an Ethernet frame in VXLAN (RFC 7348) between the two hosts.
func inVXLAN(packet []byte) []byte {
	vxlan := append([]byte{8, 6: 77, 7: 0, 19: 0, 20: 8, 21: 0}, packet...)
	return udp(client, server, 49152, 4789, vxlan...)
}

// host returns address n in 10.0.0.0/8.
func host(n int) string {
	return netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}).String()
}

// A packet is one packet of a capture that a test builds.
type packet struct {
	data  []byte
	nanos int64
	frame int64
}

func (p packet) record() capture.Record {
	return capture.Record{
		Data:   p.data,
		Number: p.frame,
		Nanos:  p.nanos,
		Length: uint32(len(p.data)),
		Link:   linktype.Raw,
	}
}

// captureOf returns numbered packets that are one second apart.
func captureOf(list ...[]byte) (packets []packet) {
	for i, data := range list {
		packets = append(packets, packet{data, int64(i) * second, int64(i + 1)})
	}
	return packets
}

// add counts a packet after the whole walk.
func add(t *flow.Table, p packet) []flow.Match {
	var d decode.Packet
	d.Decode(linktype.Raw, p.data, len(p.data))
	return t.Add(&d, uint32(len(p.data)), p.nanos, p.frame)
}

// addAll counts packets one by one and returns the last one's matches.
func addAll(t *flow.Table, packets ...packet) (matches []flow.Match) {
	for _, p := range packets {
		matches = add(t, p)
	}
	return matches
}

// countBatches counts packets in batches of random sizes.
func countBatches(t *flow.Table, r *rand.Rand, packets []packet) {
	b := t.NewBatch()
	for len(packets) > 0 {
		b.Clear()
		n := min(1+r.IntN(100), len(packets))
		for _, p := range packets[:n] {
			record := p.record()
			b.Add(&record, testkit.Quick(&record))
		}
		t.Count(b)
		packets = packets[n:]
	}
}

func flowsOf(t *flow.Table) []flow.Flow { return slices.Collect(t.Flows()) }

// text returns all data of a table as lines.
func text(t *flow.Table) (lines []string) {
	for f := range t.Flows() {
		f.Proofs = [3]flow.Proof{}
		lines = append(lines, fmt.Sprintf("%+v", f))
	}
	for _, p := range t.Ports() {
		lines = append(lines, fmt.Sprintf("%+v", p))
	}
	return append(lines, fmt.Sprintf("%+v", t.Totals))
}

// firstDifference compares two lists of lines.
func firstDifference(t *testing.T, what string, got, want []string) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("%s: line %d\n%s\nwant\n%s", what, i, got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%s: %d lines, want %d", what, len(got), len(want))
	}
}
