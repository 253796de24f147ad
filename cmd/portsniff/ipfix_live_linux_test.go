package main

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/testkit"
	"github.com/portsniff/portsniff/linktype"
)

// TestIPFIXLiveLosses checks that the last options record counts the packets that a live capture
// lost, as tshark reads it. The count equals the closing lines. The flow records count all other
// packets.
func TestIPFIXLiveLosses(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		testkit.Output(t, "ip link set lo up")
		collector, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer collector.Close()
		p := capturing(t, "flows", "-i", "v1", "-B", "256", "--ipfix",
			"udp://"+collector.LocalAddr().String())
		p.signal(syscall.SIGSTOP)
		const sent = 4000
		for range sent {
			s.Send(udpFrame(40000, 53, repeat(1000)))
		}
		p.signal(syscall.SIGCONT)
		p.interrupt()
		n := p.closing()
		packets, lost := received(t, collector)
		if n[2] == 0 || lost != n[2] || packets != n[0] || packets+lost != sent {
			t.Errorf("sent %d, closing lines say %v, the collector has %d packets, %d lost", sent,
				n, packets, lost)
		}
	})
}

// received reads what a collector received. It returns the packets of all flows, and the lost
// packets of the last options record.
func received(t *testing.T, c net.PacketConn) (packets, lost int) {
	t.Helper()
	var frames []corpustest.Frame
	for b := make([]byte, 1<<16); ; {
		if err := c.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		n, _, err := c.ReadFrom(b)
		if err != nil {
			break // no more messages
		}
		data := udpFrame(40000, 4739, string(b[:n]))[14:]
		frames = append(frames, corpustest.Frame{N: int64(len(frames) + 1), Link: linktype.IPv4,
			Data: slices.Clone(data), Wire: len(data)})
	}
	// numbers returns the values of a field in one message.
	numbers := func(text string) (list []int) {
		for word := range strings.SplitSeq(text, ",") {
			if n, err := strconv.Atoi(word); err == nil {
				list = append(list, n)
			} else if word != "" {
				t.Fatal(err)
			}
		}
		return list
	}
	for _, row := range corpustest.Fields(t, frames, []string{"cflow.packets",
		"cflow.ignore_packets"}) {
		for _, n := range numbers(row[0]) {
			packets += n
		}
		for _, n := range numbers(row[1]) {
			lost = n
		}
	}
	return packets, lost
}
