package watch_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/top"
	"github.com/portsniff/portsniff/internal/watch"
	"github.com/portsniff/portsniff/pcaps"
)

// packetTimes returns the times of the packets of a sample in nanoseconds since 1970. It reads them
// directly from the pcap format: a file header of 24 bytes, then seconds, microseconds and length
// of each packet.
func packetTimes(t *testing.T, sample string) (times []int64) {
	t.Helper()
	f, err := pcaps.Open(sample)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	if b[0] != 0xd4 {
		t.Fatal("the sample is no little-endian pcap file in microseconds")
	}
	for b = b[24:]; len(b) > 0; {
		word := func(i int) int64 { return int64(binary.LittleEndian.Uint32(b[4*i:])) }
		times = append(times, word(0)*1e9+word(1)*1e3)
		b = b[16+word(2):]
	}
	return times
}

// playing is a player under test.
type playing struct {
	*watch.File
	t *testing.T
}

func play(t *testing.T, sample string) *playing {
	t.Helper()
	return playFrom(t, func() (pipeline.Source, error) {
		f, err := pcaps.Open(sample)
		if err != nil {
			return nil, err
		}
		return pcapfile.NewReader(f, sample, pcapfile.Options{})
	})
}

// playFrom plays the capture that open returns.
func playFrom(t *testing.T, open func() (pipeline.Source, error)) *playing {
	t.Helper()
	src, err := open()
	if err != nil {
		t.Fatal(err)
	}
	opt := pipeline.Options{Source: src, Status: io.Discard,
		Table: flow.Options{Memory: flow.DefaultMemory}}
	v, ended := &playing{watch.NewFile(opt, open), t}, make(chan error, 1)
	go func() { ended <- v.Run() }()
	t.Cleanup(func() {
		v.Stop()
		if err := errors.Join(<-ended, v.End(true)); err != nil {
			t.Error(err)
		}
	})
	return v
}

// until waits until a condition holds.
func (v *playing) until(what string, done func(top.Position) bool) {
	v.t.Helper()
	for range 3000 {
		if done(v.Position()) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	v.t.Fatalf("%s: still %+v", what, v.Position())
}

// counted returns the number of counted packets.
func (v *playing) counted() int64 {
	packets, _ := v.Read()
	return int64(packets)
}

// rows returns the number of ports.
func (v *playing) rows() (n int) {
	v.Between(func() {
		n = len(v.Counts().Rows(&top.Query{View: top.Ports, Window: top.Always}).Order)
	})
	return n
}

// After each move, forward and back, exactly the packets up to the new time are counted.
func TestPlayerMoves(t *testing.T) {
	const sample = "services"
	times := packetTimes(t, sample)
	v := play(t, sample)
	v.until("read", func(p top.Position) bool { return p.Last != 0 && !p.Reading })
	p := v.Position()
	if p.First != times[0] || p.Last != times[len(times)-1] || v.counted() != int64(len(times)) {
		t.Errorf("%+v after %d packets; %d from %d to %d", p, v.counted(), len(times), times[0],
			times[len(times)-1])
	}
	for _, i := range []int{100, 20, 21, 150, 0, len(times) - 2, 60} {
		at := times[i]
		v.MoveTo(at)
		want := int64(0)
		for _, x := range times {
			if x <= at {
				want++
			}
		}
		v.until("moved", func(p top.Position) bool {
			return p.Now == at && !p.Reading && v.counted() == want
		})
	}
}

// Playing reaches the end, sooner at a higher speed. From the end, it starts again.
func TestPlayerPlays(t *testing.T) {
	v := play(t, "services")
	v.until("read", func(p top.Position) bool { return p.Last != 0 && !p.Reading })
	for range 10 {
		v.Speed(true)
	}
	if p := v.Position(); p.Speed != 1024 {
		t.Errorf("the speed is %v", p.Speed)
	}
	v.Play(true)
	v.until("plays", func(p top.Position) bool { return p.Playing || p.Now == p.Last })
	v.until("played", func(p top.Position) bool { return !p.Playing && p.Now == p.Last })
	if n, want := v.counted(), int64(len(packetTimes(t, "services"))); n != want {
		t.Errorf("%d packets, want %d", n, want)
	}
	for range 100 {
		v.Speed(false)
	}
	if p := v.Position(); p.Speed != 1.0/16 {
		t.Errorf("the speed is %v", p.Speed)
	}
}

// Time continues in a gap without packets.
func TestPlayerPausesInAGap(t *testing.T) {
	times := packetTimes(t, "services")
	gap := 0
	for i := range times[1:] {
		if times[i+1]-times[i] > times[gap+1]-times[gap] {
			gap = i
		}
	}
	v := play(t, "services")
	v.until("read", func(p top.Position) bool { return p.Last != 0 && !p.Reading })
	at := times[gap] + (times[gap+1]-times[gap])/2
	v.MoveTo(at)
	v.until("moved", func(p top.Position) bool {
		return p.Now == at && v.counted() == int64(gap+1)
	})
	v.Play(true)
	v.until("plays", func(p top.Position) bool { return p.Now > at })
	v.Play(false)
	v.until("paused", func(p top.Position) bool { return !p.Playing })
}

// The packets that a filter selects are counted up to the position, also after a move.
func TestPlayerFilters(t *testing.T) {
	v := play(t, "services")
	v.until("read", func(p top.Position) bool { return p.Last != 0 && !p.Reading })
	f, err := top.ParseFilter("port 443")
	if err != nil {
		t.Fatal(err)
	}
	v.Between(func() { v.Counts().SetFilter(f) })
	v.Recount()
	all := int64(len(packetTimes(t, "services")))
	v.until("filtered", func(p top.Position) bool {
		return !p.Reading && v.counted() == all && v.rows() == 1
	})
}

// A filter also counts packets that are no longer kept.
func TestPlayerFiltersAllPackets(t *testing.T) {
	const kept = 50_000
	file := []byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0,
		0, 0} // pcap of raw IP
	for i := range uint32(1 + kept) {
		for _, word := range []uint32{1 + i, 0, 28, 28} { // seconds, microseconds, lengths
			file = binary.LittleEndian.AppendUint32(file, word)
		}
		port := byte(53)
		if i == 0 {
			port = 99
		}
		file = append(file, 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2,
			0xc0, 0, 0, port, 0, 8, 0, 0)
	}
	v := playFrom(t, func() (pipeline.Source, error) {
		return pcapfile.NewReader(bytes.NewReader(file), "many", pcapfile.Options{})
	})
	v.until("read", func(p top.Position) bool { return p.Last != 0 && !p.Reading })
	f, err := top.ParseFilter("udp and port 99")
	if err != nil {
		t.Fatal(err)
	}
	v.Between(func() { v.Counts().SetFilter(f) })
	if n := v.rows(); n != 0 {
		t.Errorf("%d rows of the packets that are kept", n)
	}
	v.Recount()
	v.until("counted again", func(p top.Position) bool {
		return !p.Reading && v.counted() == 1+kept && v.rows() == 1
	})
}

// A move to a time after the last packet goes to the end of the file.
func TestPlayerBeyondTheEnd(t *testing.T) {
	v := play(t, "http")
	v.until("read", func(p top.Position) bool { return p.Last != 0 && !p.Reading })
	v.MoveTo(v.Position().Last + 1e9)
	v.MoveTo(math.MaxInt64)
	v.until("stays", func(p top.Position) bool { return p.Now == p.Last })
}
