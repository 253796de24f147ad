package live

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"golang.org/x/net/bpf"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/testkit"
	"github.com/portsniff/portsniff/linktype"
)

// numbered returns a frame of one of many flows, with a number after its headers.
func numbered(n int) []byte {
	f := frameOf(0x0800,
		"\x45\x00\x00\x2e\x00\x00\x00\x00\x40\x11\x00\x00\xc0\x00\x02\x01\xc6\x33\x64\x07"+
			strings.Repeat("\x00", 26))
	binary.BigEndian.PutUint16(f[34:], uint16(1024+n%997))
	f[37] = 53
	f[39] = 26
	binary.BigEndian.PutUint32(f[42:], uint32(n))
	return f
}

// numbersOf returns the numbers of frames, and how many of them are different.
func numbersOf(frames []capture.Packet) (list []int, different int) {
	seen := map[int]bool{}
	for _, p := range frames {
		n := int(binary.BigEndian.Uint32(p.Data[42:]))
		list = append(list, n)
		seen[n] = true
	}
	return list, len(seen)
}

// TestRingsShareFrames checks that two rings have every frame once, and both have some. Next
// returns them in the order of their times.
func TestRingsShareFrames(t *testing.T) {
	testkit.Run(t, func(t *testing.T) {
		testkit.Veth(t)
		l := open(t, "v1", Options{Rings: 2})
		s := testkit.NewSender(t, "v0")
		const sent = 3000
		for n := range sent {
			s.Send(numbered(n))
		}
		got := stopAndDrain(t, l)
		list, different := numbersOf(got)
		st := stats(t, l, len(got)) // a busy machine may lose some
		if len(got)+int(st.Dropped) != sent || different != len(got) {
			t.Errorf("%d frames, %d different ones, of %d: %+v", len(got), different, sent, st)
		}
		for i := range got {
			if got[i].Number != int64(i+1) || i > 0 &&
				(got[i].Timestamp.Before(got[i-1].Timestamp) || list[i] < list[i-1]) {
				t.Fatalf("frame %d: number %d, sent as %d, at %v", i+1, got[i].Number, list[i],
					got[i].Timestamp)
			}
		}
		for i, r := range l.(*rings).list {
			if r.given == 0 {
				t.Errorf("ring %d had %d frames", i, r.given)
			}
			if len(r.memory) != DefaultBuffer/2 {
				t.Errorf("ring %d has %d bytes", i, len(r.memory))
			}
		}
		if err := l.Next(new(capture.Packet)); err != io.EOF {
			t.Errorf("after the end: %v", err)
		}
	})
}

// TestRingsThatFail checks that opened rings are freed if a later one fails. Here the kernel
// rejects the filter, which jumps past its end.
func TestRingsThatFail(t *testing.T) {
	testkit.Run(t, func(t *testing.T) {
		testkit.Veth(t)
		descriptors := func() int {
			list, err := os.ReadDir("/proc/self/fd")
			if err != nil {
				t.Fatal(err)
			}
			return len(list)
		}
		broken := func(linktype.Type, int) ([]bpf.RawInstruction, error) {
			return []bpf.RawInstruction{{Op: 0x05, K: 9}, {Op: 0x06}}, nil // BPF_JMP|BPF_JA
		}
		before := descriptors()
		for range 5 {
			l, err := Open("v1", Options{Rings: 3, Filter: broken})
			if err == nil {
				l.Close()
				t.Fatal("opened with a filter that the kernel refuses")
			}
		}
		if after := descriptors(); after != before {
			t.Errorf("%d descriptors are open, %d were before", after, before)
		}
	})
}

// TestRingsBatch checks that Batch returns each frame once, and a flow's frames in order.
func TestRingsBatch(t *testing.T) {
	testkit.Run(t, func(t *testing.T) {
		testkit.Veth(t)
		l := open(t, "v1", Options{Rings: 3, Buffer: 3 << 20})
		s := testkit.NewSender(t, "v0")
		const sent = 5000
		for n := range sent {
			s.Send(numbered(n))
		}
		if err := l.Stop(); err != nil {
			t.Error(err)
		}
		seen, last, given := map[uint32]bool{}, map[uint16]uint32{}, int64(0)
		records := make([]capture.Record, 64)
		var p capture.Packet
		for {
			n := l.Batch(records)
			if n == 0 {
				err := l.Next(&p)
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				n, records[0] = 1, p.Record()
			}
			for _, r := range records[:n] {
				if given++; r.Number != given {
					t.Fatalf("frame %d has number %d", given, r.Number)
				}
				number, port := binary.BigEndian.Uint32(r.Data[42:]),
					binary.BigEndian.Uint16(r.Data[34:])
				if before, ok := last[port]; seen[number] || ok && before > number {
					t.Fatalf("frame %d of port %d after frame %d", number, port, before)
				}
				seen[number], last[port] = true, number
			}
		}
		if st := stats(t, l, int(given)); len(seen) != int(given) ||
			int(given+int64(st.Dropped)) != sent || given == 0 {
			t.Errorf("%d frames, %d different ones, of %d: %+v", given, len(seen), sent, st)
		}
	})
}

// TestRingsCountDrops checks that frames lost by an idle reader are counted over all rings.
func TestRingsCountDrops(t *testing.T) {
	testkit.Run(t, func(t *testing.T) {
		testkit.Veth(t)
		l := open(t, "v1", Options{Rings: 2, Buffer: 256 << 10})
		s := testkit.NewSender(t, "v0")
		const sent = 6000
		for n := range sent {
			s.Send(numbered(n))
		}
		got := stopAndDrain(t, l)
		_, different := numbersOf(got)
		st := stats(t, l, len(got))
		if st.Received != sent || st.Dropped == 0 || st.Freezes == 0 || len(got) == 0 ||
			different != len(got) || uint64(len(got))+st.Dropped != sent {
			t.Errorf("sent %d, given %d, %d different ones: %+v", sent, len(got), different, st)
		}
		for i, r := range l.(*rings).list {
			if s, err := r.Stats(); err != nil || s.Dropped == 0 {
				t.Errorf("ring %d: %+v, %v", i, s, err)
			}
		}
	})
}

// TestRingsWaitForEarlier checks that a frame waits for an earlier one in another ring.
func TestRingsWaitForEarlier(t *testing.T) {
	testkit.Run(t, func(t *testing.T) {
		testkit.Veth(t)
		l := open(t, "v1", Options{Rings: 2})
		g, s := l.(*rings), testkit.NewSender(t, "v0")
		for n := range 100 { // until both rings have frames
			s.Send(numbered(n))
		}
		time.Sleep(3 * ringRetire * time.Millisecond)
		ready, late := g.list[0], g.list[1]
		if !ready.take() || !late.take() {
			t.Fatal("a ring has nothing")
		}
		now := uint32(time.Now().Unix())
		for i, r := range []*ring{ready, late} {
			(*unix.Tpacket3Hdr)(at(r)).Sec = now + 3600 - uint32(i) // its time is in the future
			// its first sight is in the future too: it waits as long as a slow machine may need
			g.taken[i] = time.Now().Add(time.Second)
		}
		h := (*unix.Tpacket3Hdr)(at(late))
		from := late.block*late.size + late.at + int(h.Mac)
		earlier := string(late.memory[from : from+int(h.Snaplen)])
		late.frames, late.held = 0, false
		atomic.StoreUint32(&late.descriptor().Block_status, unix.TP_STATUS_KERNEL)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			time.Sleep(10 * time.Millisecond)
			atomic.StoreUint32(&late.descriptor().Block_status, unix.TP_STATUS_USER)
		}()
		defer func() { <-ended }()
		var p capture.Packet
		if err := l.Next(&p); err != nil || string(p.Data) != earlier {
			t.Errorf("the first frame is %x, %v, want %x", p.Data, err, earlier)
		}
	})
}

// TestRingsLoneFrame checks that a lone frame does not wait long for other rings, whatever its
// time.
func TestRingsLoneFrame(t *testing.T) {
	testkit.Run(t, func(t *testing.T) {
		testkit.Veth(t)
		l := open(t, "v1", Options{Rings: 4})
		s := testkit.NewSender(t, "v0")
		// an hour ahead, as if the clock had been set back after the frame
		for _, ahead := range []uint32{0, 3600} {
			s.Send(numbered(1))
			time.Sleep(3 * ringRetire * time.Millisecond)
			for _, r := range l.(*rings).list {
				if r.take() {
					(*unix.Tpacket3Hdr)(at(r)).Sec += ahead
					for i := range l.(*rings).list {
						l.(*rings).taken[i] = time.Now()
					}
				}
			}
			within(t, 2*time.Second, "giving a frame", func() {
				var p capture.Packet
				for err := l.Next(&p); err != nil; err = l.Next(&p) {
					if !errors.Is(err, capture.ErrIdle) {
						t.Error(err)
						return
					}
				}
			})
		}
	})
}

// TestRingsEnd checks that rings end like one ring: by Close, and with the interface. Its state is
// reported once.
func TestRingsEnd(t *testing.T) {
	testkit.Run(t, func(t *testing.T) {
		testkit.Veth(t)
		wake(t, open(t, "v1", Options{Rings: 2}))
		var changes []LinkChange
		l := open(t, "v1", Options{Rings: 2,
			LinkChanged: func(c LinkChange) { changes = append(changes, c) }})
		idle := func() {
			for range 3 {
				if err := l.Next(new(capture.Packet)); !errors.Is(err, capture.ErrIdle) {
					t.Errorf("Next: %v", err)
				}
			}
		}
		testkit.Output(t, "ip link set v1 down")
		idle()
		testkit.Output(t, "ip link set v1 up")
		idle()
		if len(changes) != 2 || changes[0].Up || !changes[1].Up {
			t.Errorf("%+v", changes)
		}
		testkit.WaitForCarrier(t, "v0")
		testkit.NewSender(t, "v0").Send(numbered(7))
		within(t, 2*time.Second, "a frame after it came up", func() {
			var p capture.Packet
			for err := l.Next(&p); err != nil; err = l.Next(&p) {
				if !errors.Is(err, capture.ErrIdle) {
					t.Error(err)
					return
				}
			}
			if !bytes.Equal(p.Data, numbered(7)) {
				t.Errorf("%x", p.Data)
			}
		})
		testkit.Output(t, "ip link del v0")
		within(t, 2*time.Second, "ending", func() {
			err := capture.ErrIdle
			for errors.Is(err, capture.ErrIdle) {
				err = l.Next(new(capture.Packet))
			}
			if !errors.Is(err, ErrInterfaceGone) {
				t.Errorf("%v", err)
			}
		})
	})
}

// TestRingsFilter checks that a filter and a direction apply in every ring.
func TestRingsFilter(t *testing.T) {
	testkit.Run(t, func(t *testing.T) {
		testkit.Veth(t)
		// Frames with an even number: the lowest bit of its last byte is 0.
		even := func(linktype.Type, int) ([]bpf.RawInstruction, error) {
			return bpf.Assemble([]bpf.Instruction{
				bpf.LoadAbsolute{Off: 45, Size: 1},
				bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: 1, SkipFalse: 1},
				bpf.RetConstant{}, bpf.RetConstant{Val: 40}})
		}
		l := open(t, "v1", Options{Rings: 2, SnapLen: 60, Filter: even})
		plain := open(t, "v1", Options{Rings: 2, SnapLen: 50})
		s := testkit.NewSender(t, "v0")
		for n := range 20 {
			s.Send(numbered(n))
		}
		if got := stopAndDrain(t, l); len(got) != 10 || got[0].CaptureLength != 40 {
			t.Errorf("%d frames", len(got))
		}
		if got := stopAndDrain(t, plain); len(got) != 20 || got[0].CaptureLength != 50 ||
			got[0].Length != 60 {
			t.Errorf("%d frames without a filter", len(got))
		}
		stats(t, l, 10)
		stats(t, plain, 20)
		if name := fmt.Sprint(l.Interface().Name, l.MTU()); name != "v11500" {
			t.Error(name)
		}
	})
}

// at returns the position of a ring's next frame.
func at(r *ring) unsafe.Pointer { return unsafe.Pointer(&r.memory[r.block*r.size+r.at]) }
