package pipeline_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/testkit"
	"github.com/portsniff/portsniff/linktype"
)

// A list is a source of packets. Like a file, it reuses its memory: each call overwrites the packet
// of the call before.
type list struct {
	pipeline.Source // nil: only Next, Batch and Ready are called
	packets         []capture.Packet
	at              int
	buffers         [][]byte
	ready           bool
}

func (l *list) copyOf(p *capture.Packet) (out capture.Packet) {
	out = *p
	out.Data = bytes.Clone(p.Data)
	l.buffers = append(l.buffers, out.Data)
	return out
}

func (l *list) overwrite() {
	for _, b := range l.buffers {
		for i := range b {
			b[i] = 0xff
		}
	}
	l.buffers = nil
}

func (l *list) Next(p *capture.Packet) error {
	if !l.ready {
		l.overwrite()
	}
	l.ready = false
	if l.at == len(l.packets) {
		return io.EOF
	}
	first := p.First // stays unchanged
	*p = l.copyOf(&l.packets[l.at])
	p.First = first
	l.at++
	return nil
}

func (l *list) Batch(out []capture.Record) int {
	l.overwrite()
	n := min(len(out), len(l.packets)-l.at, 7)
	for i := range n {
		p := l.copyOf(&l.packets[l.at])
		out[i] = p.Record()
		l.at++
	}
	return n
}

// Ready returns true for four packets in five. Next then does not overwrite earlier packets.
func (l *list) Ready() bool {
	l.ready = l.at < len(l.packets) && l.at%5 != 0
	return l.ready
}

// fragment returns a fragment of a UDP datagram over IPv4 in Ethernet, from port 1000 + id to 9.
// Offset and length are in bytes.
func fragment(id, offset, length int, more bool) []byte {
	b := append(make([]byte, 12), 8, 0, 0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0,
		0, 2)
	flags := offset / 8
	if more {
		flags |= 0x2000
	}
	binary.BigEndian.PutUint16(b[16:], uint16(20+length))
	binary.BigEndian.PutUint16(b[18:], uint16(id))
	binary.BigEndian.PutUint16(b[20:], uint16(flags))
	payload := make([]byte, length)
	if offset == 0 {
		copy(payload, []byte{byte((1000 + id) >> 8), byte(1000 + id), 0, 9, 0, 0, 0, 0})
	}
	return append(b, payload...)
}

// capturedAt returns the packets of numbered frames, with times that are step apart.
func capturedAt(frames [][]byte, step time.Duration) (out []capture.Packet) {
	for i, b := range frames {
		p := capture.Packet{Number: int64(i + 1), Link: linktype.Ethernet, Data: b, HasTime: true}
		p.Timestamp = time.Unix(1_800_000_000, 0).UTC().Add(time.Duration(i) * step)
		p.Length, p.CaptureLength = len(b), len(b)
		p.InterfaceIndex = i % 3
		out = append(out, p)
	}
	return out
}

// firstOf returns the frame number of a record's first fragment, 0 for none.
func firstOf(r *capture.Record) int64 {
	if r.First == nil {
		return 0
	}
	return r.First.Number
}

// read reads all packets with Next and checks that they are those of the source. It returns the
// frame numbers of their first fragments.
func read(t *testing.T, a *pipeline.Ahead, packets []capture.Packet) (first []int64) {
	t.Helper()
	var p capture.Packet
	for i := range packets {
		if err := a.Next(&p); err != nil {
			t.Fatal(err)
		}
		want := &packets[i]
		if p.Number != want.Number || !bytes.Equal(p.Data, want.Data) ||
			!p.Timestamp.Equal(want.Timestamp) || p.InterfaceIndex != want.InterfaceIndex {
			t.Fatalf("packet %d: %+v", i+1, p)
		}
		r := p.Record()
		first = append(first, firstOf(&r))
		if r.First != nil && !bytes.Equal(r.First.Data, packets[r.First.Number-1].Data) {
			t.Fatalf("packet %d: the first fragment is not frame %d", i+1, r.First.Number)
		}
	}
	for range 2 {
		if err := a.Next(&p); err != io.EOF {
			t.Fatalf("%v at the end", err)
		}
	}
	return first
}

// TestAhead checks that packets keep their order and bytes, with or without batches. Later
// fragments get their first fragment if it is within the window.
func TestAhead(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 1))
		var frames [][]byte
		var want []int64
		for id := range 200 {
			pieces := [][]byte{fragment(id, 0, 16, true), fragment(id, 16, 16, true),
				fragment(id, 32, 8, false)}
			order := r.Perm(3)
			whole, at := r.IntN(4) > 0, int64(len(frames))
			for i, n := range order {
				if !whole && n == 1 {
					continue
				}
				frames = append(frames, pieces[n])
				first := int64(0)
				for j := i + 1; whole && j < 3; j++ {
					if order[j] == 0 {
						first = at + int64(j) + 1
					}
				}
				want = append(want, first)
			}
			for range r.IntN(3) {
				frames, want = append(frames, fragment(7, 0, 40, false)), append(want, 0)
			}
		}
		packets := capturedAt(frames, time.Millisecond)
		a := pipeline.NewAhead(&list{packets: packets})
		for i, first := range read(t, a, packets) {
			if first != want[i] {
				t.Errorf("seed %d: frame %d has first fragment %d, want %d", seed, i+1, first,
					want[i])
			}
		}
		batches(t, r, packets, want)
		ready(t, packets, want)
	}
}

// batches reads the same packets with Batch, and with Next if Batch returns nothing.
func batches(t *testing.T, r *rand.Rand, packets []capture.Packet, want []int64) {
	t.Helper()
	a, n := pipeline.NewAhead(&list{packets: packets}), 0
	var p capture.Packet
	check := func(x *capture.Record) {
		if o := packets[n].Record(); x.Number != o.Number || !bytes.Equal(x.Data, o.Data) ||
			x.Nanos != o.Nanos || x.Length != o.Length || x.Link != o.Link ||
			firstOf(x) != want[n] {
			t.Fatalf("record %d: %+v, want first fragment %d", n+1, x, want[n])
		}
		n++
	}
	quick := make([]decode.Quick, 20)
	for out := make([]capture.Record, len(quick)); ; {
		k := a.Batch(out[:1+r.IntN(len(out))], quick)
		for i := range out[:k] {
			check(&out[i])
			if want := testkit.Quick(&out[i]); quick[i] != *want {
				t.Fatalf("record %d: %+v, the quick walk finds %+v", n, quick[i], *want)
			}
		}
		if k > 0 {
			continue
		}
		if err := a.Next(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		record := p.Record()
		check(&record)
	}
	if n != len(packets) {
		t.Fatalf("%d of %d records", n, len(packets))
	}
}

// ready reads the same packets with Next, in groups. While Ready returns true, the packets of a
// group must stay valid.
func ready(t *testing.T, packets []capture.Packet, want []int64) {
	t.Helper()
	a, n := pipeline.NewAhead(&list{packets: packets}), 0
	for {
		var group []capture.Packet
		var p capture.Packet
		if a.Next(&p) == io.EOF {
			break
		}
		for group = append(group, p); a.Ready(); group = append(group, p) {
			if err := a.Next(&p); err != nil {
				t.Fatal(err)
			}
		}
		for i := range group {
			r := group[i].Record()
			if o := &packets[n]; r.Number != o.Number || !bytes.Equal(r.Data, o.Data) ||
				firstOf(&r) != want[n] {
				t.Fatalf("packet %d: %+v, want first fragment %d", n+1, group[i], want[n])
			}
			n++
		}
	}
	if n != len(packets) {
		t.Fatalf("%d of %d packets", n, len(packets))
	}
}

// waiter is a source that always has the next packet.
type waiter struct{ list }

func (*waiter) Ready() bool { return true }

// Without incomplete datagrams, Ready is true as long as the source has packets.
func TestReadyWithoutFragments(t *testing.T) {
	frames := [][]byte{fragment(1, 0, 16, false), fragment(2, 0, 16, false),
		fragment(3, 0, 16, false)}
	a := pipeline.NewAhead(&waiter{list{packets: capturedAt(frames, time.Second)}})
	var p capture.Packet
	for n := range frames {
		if !a.Ready() {
			t.Errorf("packet %d is not ready", n+1)
		}
		if err := a.Next(&p); err != nil {
			t.Fatal(err)
		}
	}
	if a.Ready() {
		t.Error("a packet is ready after the last one")
	}
}

// counted is a source that counts the packets read from it.
type counted struct {
	list
	allowance int // maximum number of packets that were read and not returned yet
	given     int
}

func (c *counted) Next(p *capture.Packet) error {
	err := c.list.Next(p)
	c.allowance = max(c.allowance, c.at-c.given)
	return err
}

// TestAheadIsBounded checks that an Ahead reads ahead 1024 packets, a minute or 4 MiB at most. For
// packets that are not fragments it must not read ahead at all.
func TestAheadIsBounded(t *testing.T) {
	orphans := func(n, size int) (frames [][]byte) {
		for i := range n {
			frames = append(frames, fragment(i, 8, size, true))
		}
		return frames
	}
	plain := func(n int) (frames [][]byte) {
		for range n {
			frames = append(frames, fragment(1, 0, 40, false))
		}
		return frames
	}
	for _, c := range []struct {
		what      string
		frames    [][]byte
		step      time.Duration
		comment   int // bytes of a comment on each packet
		allowance int
	}{
		{"plain packets", plain(3000), time.Millisecond, 0, 1},
		{"fragments without a first one", orphans(5000, 16), time.Millisecond, 0,
			decode.FragmentWindow + 1},
		{"slow", orphans(300, 16), time.Second, 0, 62},
		{"large", orphans(600, 32768), time.Millisecond, 0, 129},
		{"large comments", orphans(600, 16), time.Millisecond, 65_000, 66},
	} {
		packets := capturedAt(c.frames, c.step)
		for i := range packets {
			if c.comment > 0 {
				packets[i].Comments = [][]byte{make([]byte, c.comment)}
			}
		}
		src := &counted{list: list{packets: packets}}
		a := pipeline.NewAhead(src)
		var p capture.Packet
		for a.Next(&p) == nil {
			src.given++
		}
		if src.allowance > c.allowance || src.allowance < c.allowance-1 ||
			src.given != len(c.frames) {
			t.Errorf("%s: %d packets were read ahead, want %d; %d of %d were given", c.what,
				src.allowance, c.allowance, src.given, len(c.frames))
		}
	}
}

// TestAheadAllocatesNothing checks that packets that are not fragments cost no allocation.
func TestAheadAllocatesNothing(t *testing.T) {
	packets := capturedAt([][]byte{fragment(1, 0, 40, false)}, 0)
	src := &fixed{Packet: packets[0]}
	a := pipeline.NewAhead(src)
	var p capture.Packet
	out, quick := make([]capture.Record, 64), make([]decode.Quick, 64)
	if n := testing.AllocsPerRun(100, func() {
		if a.Next(&p) != nil || a.Batch(out, quick) != len(out) {
			t.Fatal("nothing was read")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// fixed is a source that always returns the same packet.
type fixed struct {
	pipeline.Source
	capture.Packet
}

func (f *fixed) Next(p *capture.Packet) error {
	*p = f.Packet
	return nil
}

func (f *fixed) Batch(out []capture.Record) int {
	for i := range out {
		out[i] = f.Record()
	}
	return len(out)
}
