package top_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"regexp"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/top"
	"github.com/portsniff/portsniff/linktype"
)

// udp returns an Ethernet frame with an IPv4 and a UDP header (RFC 791, RFC 768) and more bytes of
// payload.
func udp(src uint32, from, to uint16, more int) []byte {
	f := make([]byte, 14+20+8+more)
	f[12], f[13] = 8, 0
	ip := f[14:]
	ip[0], ip[8], ip[9] = 0x45, 64, 17
	binary.BigEndian.PutUint16(ip[2:], uint16(20+8+more))
	binary.BigEndian.PutUint32(ip[12:], src)
	copy(ip[16:], []byte{198, 51, 100, 7})
	binary.BigEndian.PutUint16(ip[20:], from)
	binary.BigEndian.PutUint16(ip[22:], to)
	binary.BigEndian.PutUint16(ip[24:], uint16(8+more))
	return f
}

// The engine stays within its limits for any packets.
func TestBounds(t *testing.T) {
	a := analysis.New(flow.Options{Memory: 1 << 20})
	e := top.NewEngine(a.Flows)
	at := time.Unix(1_800_000_000, 0)
	n := int64(0)
	add := func(data []byte) {
		n++
		p := capture.Packet{Number: n, Link: linktype.Ethernet, Data: data, HasTime: true}
		p.Timestamp, p.Length = at.Add(time.Duration(n)*time.Microsecond), len(data)
		p.CaptureLength = len(data)
		e.Add(a.Packet(&p))
	}
	for i := range uint32(60_000) {
		add(udp(0x0a000000+i, uint16(1024+i), uint16(i), 0))
	}
	for i := range uint32(3000) {
		add(udp(0x0b000000+i, 40000, 53, 16000))
	}
	flows, ports, hosts, packets, bytes := e.Sizes()
	if flows > top.MaxFlows || flows < top.MaxFlows/4 || ports > top.MaxPorts ||
		hosts > top.MaxHosts || packets > top.MaxPackets || bytes > top.MaxPacketBytes {
		t.Errorf("%d flows, %d ports, %d hosts, %d packets of %d bytes", flows, ports, hosts,
			packets, bytes)
	}
	// 63,000 flows between as many hosts and one other host: each is tracked or counted as removed.
	m := top.New(top.Options{Engine: e, Locked: func(f func()) { f() }, Now: time.Now})
	m.Update(tea.WindowSizeMsg{Width: 200, Height: 20})
	want := fmt.Sprintf(`evicted: %d flows, [1-9]\d+ ports, %d hosts`, 63_000-flows,
		63_001-hosts)
	if !regexp.MustCompile(want).MatchString(m.Screen()) {
		t.Errorf("not %q but\n%s", want, m.Screen())
	}
	if packets < 2000 {
		t.Errorf("only %d packets of %d bytes are kept", packets, bytes)
	}
}

// The kept packets are the newest, with unchanged bytes, no matter how often their memory was used
// before.
func TestKeptBytesStay(t *testing.T) {
	a := analysis.New(flow.Options{Memory: 1 << 20})
	e := top.NewEngine(a.Flows)
	random := rand.New(rand.NewPCG(1, 2))
	want := map[int64][]byte{}
	const packets = 30_000
	for n := int64(1); n <= packets; n++ {
		size := []int{0, 42, 300, 1500, 9000, 60_000}[random.IntN(6)]
		if n%10_000 == 0 {
			size = 8 << 20
		}
		data := bytes.Repeat([]byte{byte(n), byte(n >> 8)}, size/2)
		want[n] = data
		p := capture.Packet{Number: n, Link: linktype.Ethernet, Data: data}
		p.Length, p.CaptureLength = size, size
		e.Add(a.Packet(&p))
		if n%777 != 0 && n < packets-5 {
			continue
		}
		got, sum := e.Kept(), 0
		for i := n; i > n-int64(len(got)); i-- {
			b, ok := got[i]
			if !ok || !bytes.Equal(b, want[i]) {
				t.Fatalf("after %d packets: packet %d of %d bytes is kept: %v, or as others", n, i,
					len(want[i]), ok)
			}
			sum += len(b)
		}
		if left := top.MaxPacketBytes - sum; left > 16<<20+60_000 && len(got) < int(n) {
			t.Errorf("after %d packets only %d bytes are kept", n, sum)
		}
		delete(want, n-60_000)
	}
}
