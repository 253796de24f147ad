package live

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"golang.org/x/net/bpf"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/testkit"
	"github.com/portsniff/portsniff/linktype"
)

// frameOf returns an Ethernet broadcast frame with an EtherType and a payload.
func frameOf(etherType uint16, payload string) []byte {
	f := append(bytes.Repeat([]byte{0xff}, 6), 2, 0, 0, 0, 0, 1, byte(etherType>>8),
		byte(etherType))
	return append(f, payload...)
}

func TestLiveReturnsFramesUnchanged(t *testing.T) {
	testkit.Run(t, func(t *testing.T) {
		testkit.Veth(t)
		l := open(t, "v1", Options{})
		began := time.Now().Add(-time.Second)
		var want [][]byte
		s := testkit.NewSender(t, "v0")
		for _, n := range []int{46, 100, 1500} {
			f := frameOf(0x0800, strings.Repeat(string(rune('a'+n%26)), n))
			want = append(want, f)
			s.Send(f)
		}
		got := stopAndDrain(t, l)
		if len(got) != len(want) {
			t.Fatalf("%d frames, want %d", len(got), len(want))
		}
		nanos := 0
		for i, p := range got {
			if !bytes.Equal(p.Data, want[i]) || p.Length != len(want[i]) ||
				p.CaptureLength != len(want[i]) || p.Number != int64(i+1) {
				t.Errorf("frame %d: %d bytes of %d, number %d", i, p.CaptureLength, p.Length,
					p.Number)
			}
			if p.Link != 1 || p.File != "v1" || p.Flags != 1|3<<2 || !p.HasTime ||
				p.Timestamp.Before(began) || p.Timestamp.After(time.Now()) {
				t.Errorf("frame %d: link %d, file %q, flags %b, %v", i, p.Link, p.File, p.Flags,
					p.Timestamp)
			}
			nanos |= p.Timestamp.Nanosecond() % 1000
		}
		if nanos == 0 {
			t.Error("no time has nanoseconds")
		}
		if s := stats(t, l, len(got)); s != (Stats{Received: 3}) {
			t.Errorf("%+v", s)
		}
		if err := l.Next(new(capture.Packet)); err != io.EOF {
			t.Errorf("after the end: %v", err)
		}
	})
}

// TestLiveRestoresVLANTags checks that tags that the kernel removed are restored: received frames
// equal sent frames.
func TestLiveRestoresVLANTags(t *testing.T) {
	for _, c := range []struct {
		name, tags string // after the addresses
	}{
		{"802.1Q", "8100 2064"}, {"802.1ad", "88a8 0064"}, {"VID 0 with a priority", "8100 e000"},
		{"VID 0 of priority 0", "8100 0000"},
		{"802.1ad around 802.1Q", "88a8 0064 8100 00c8"}, {"802.1Q twice", "8100 0001 8100 0002"},
	} {
		t.Run(c.name, func(t *testing.T) {
			testkit.Run(t, func(t *testing.T) {
				testkit.Veth(t)
				tags, err := hex.DecodeString(strings.ReplaceAll(c.tags, " ", ""))
				if err != nil {
					t.Fatal(err)
				}
				plain := frameOf(0x0800, strings.Repeat("x", 60))
				sent := append(append(append([]byte(nil), plain[:12]...), tags...), plain[12:]...)
				whole, short := open(t, "v1", Options{}),
					open(t, "v1", Options{SnapLen: 20})
				testkit.NewSender(t, "v0").Send(sent)
				wholeFrames := stopAndDrain(t, whole)
				for _, p := range wholeFrames {
					if !bytes.Equal(p.Data, sent) || p.Length != len(sent) {
						t.Errorf("sent\n%x, got\n%x of %d", sent, p.Data, p.Length)
					}
				}
				if st := stats(t, whole, len(wholeFrames)); st.Received != 1 {
					t.Errorf("%+v", st)
				}
				shortFrames := stopAndDrain(t, short)
				for _, p := range shortFrames {
					if !bytes.Equal(p.Data, sent[:20]) || p.Length != len(sent) {
						t.Errorf("cut: sent\n%x, got\n%x of %d", sent, p.Data, p.Length)
					}
				}
				if st := stats(t, short, len(shortFrames)); st.Received != 1 {
					t.Errorf("%+v", st)
				}
			})
		})
	}
}

// TestLiveAny checks that on all interfaces a frame has a cooked header, with the layout of
// LINKTYPE_LINUX_SLL2. A VLAN tag follows it.
func TestLiveAny(t *testing.T) {
	testkit.Run(t, func(t *testing.T) {
		testkit.Veth(t)
		testkit.Output(t, "ip link set lo up")
		a, err := net.InterfaceByName("v0")
		if err != nil {
			t.Fatal(err)
		}
		l := open(t, AnyInterface, Options{})
		testkit.NewSender(t, "v0").Send(frameOf(0x0806, strings.Repeat("p", 46)),
			append(frameOf(0x8100, "\x20\x64\x08\x06"), strings.Repeat("q", 46)...))
		testkit.UDP(t, "127.0.0.1", 9, "loop")
		got := stopAndDrain(t, l)
		header := func(protocol string, index int, hardware, kind, address string) string {
			n := make([]byte, 4)
			binary.BigEndian.PutUint32(n, uint32(index))
			return protocol + "0000" + hex.EncodeToString(n) + hardware + kind + "06" + address +
				"0000"
		}
		p46, q46 := strings.Repeat("70", 46), strings.Repeat("71", 46)
		mac := "020000000001"
		// a frame sent on v0 is received on v1, its peer, which was created first
		want := []string{
			header("0806", a.Index, "0001", "04", mac) + p46,
			header("0806", a.Index-1, "0001", "01", mac) + p46,
			header("8100", a.Index, "0001", "04", mac) + "20640806" + q46,
			header("8100", a.Index-1, "0001", "01", mac) + "20640806" + q46,
		}
		loops := 0
		for i, p := range got {
			if p.Link != 276 || p.Length != len(p.Data) {
				t.Errorf("frame %d: link %d, %d bytes of %d", i, p.Link, len(p.Data), p.Length)
			}
			if i < len(want) {
				if g := hex.EncodeToString(p.Data); g != want[i] {
					t.Errorf("frame %d\n%s, want\n%s", i, g, want[i])
				}
			} else if bytes.HasSuffix(p.Data, []byte("loop")) && len(p.Data) == 20+20+8+4 {
				loops++
			}
		}
		if loops != 1 {
			t.Errorf("the loopback packet came %d times", loops)
		}
		stats(t, l, len(got))
	})
}

func TestLiveLoopbackOnce(t *testing.T) {
	for _, c := range []struct {
		dir  Direction
		host string
		flag uint32 // direction
	}{{Both, "127.0.0.1", 1}, {Inbound, "127.0.0.1", 1}, {Outbound, "127.0.0.1", 2},
		{Both, "::1", 1}} {
		testkit.Run(t, func(t *testing.T) {
			testkit.Output(t, "ip link set lo up")
			l := open(t, "lo", Options{Direction: c.dir})
			testkit.UDP(t, c.host, 9, "once")
			n := 0
			for _, p := range stopAndDrain(t, l) {
				// the longer packet is an ICMP error that quotes it
				if bytes.HasSuffix(p.Data, []byte("once")) && len(p.Data) <= 14+40+8+4 {
					n++
					if p.Flags&3 != c.flag {
						t.Errorf("direction %d: flags %b", c.dir, p.Flags)
					}
				}
			}
			if n != 1 {
				t.Errorf("direction %d to %s: it came %d times", c.dir, c.host, n)
			}
		})
	}
}

func TestLiveDirection(t *testing.T) {
	for _, c := range []struct {
		dir  Direction
		want string
	}{{Both, "i o"}, {Inbound, "i"}, {Outbound, "o"}} {
		testkit.Run(t, func(t *testing.T) {
			testkit.Veth(t)
			l := open(t, "v1", Options{Direction: c.dir})
			testkit.NewSender(t, "v0").Send(frameOf(0x88b5, strings.Repeat("i", 50)))
			testkit.NewSender(t, "v1").Send(frameOf(0x88b5, strings.Repeat("o", 50)))
			var got []string
			for _, p := range stopAndDrain(t, l) {
				got = append(got, string(p.Data[14:15]))
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("direction %d: %v, want %s", c.dir, got, c.want)
			}
			stats(t, l, len(got))
		})
	}
}

// TestLiveSnapLenAndFilter checks that a frame is cut at the snapshot length and keeps its original
// length. The caller's filter runs after the check of the direction.
func TestLiveSnapLenAndFilter(t *testing.T) {
	testkit.Run(t, func(t *testing.T) {
		testkit.Veth(t)
		var opened [2]int
		// Frames whose 15th byte is 'y'; by pcap-filter's "ether[14] = 121".
		l := open(t, "v1", Options{SnapLen: 40, Direction: Inbound,
			FilterText: "ether[14] = 121",
			Filter: func(link linktype.Type, snap int) ([]bpf.RawInstruction, error) {
				opened = [2]int{int(link), snap}
				return bpf.Assemble([]bpf.Instruction{
					bpf.LoadAbsolute{Off: 14, Size: 1},
					bpf.JumpIf{Cond: bpf.JumpEqual, Val: 'y', SkipFalse: 1},
					bpf.RetConstant{Val: uint32(snap)}, bpf.RetConstant{}})
			}})
		testkit.NewSender(t, "v0").Send(frameOf(0x88b5, strings.Repeat("x", 50)),
			frameOf(0x88b5, strings.Repeat("y", 86)))
		testkit.NewSender(t, "v1").Send(frameOf(0x88b5, strings.Repeat("y", 50)))
		got := stopAndDrain(t, l)
		if len(got) != 1 || got[0].CaptureLength != 40 || got[0].Length != 100 ||
			got[0].Data[39] != 'y' {
			t.Errorf("%d frames: %+v", len(got), got)
		}
		if in := l.Interface(); opened != [2]int{1, 40} || in.SnapLen != 40 ||
			in.Filter != "ether[14] = 121" || in.Name != "v1" || in.Link != 1 {
			t.Errorf("opened with %v, interface %+v", opened, in)
		}
		stats(t, l, 1)
	})
}

// TestLivePromiscuous checks that frames to another address come only in promiscuous mode.
func TestLivePromiscuous(t *testing.T) {
	testkit.Run(t, func(t *testing.T) {
		testkit.Veth(t)
		flags := func() string {
			b, err := os.ReadFile("/proc/thread-self/net/packet")
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
		for _, off := range []bool{true, false} {
			l := open(t, "v1", Options{NoPromisc: off})
			if !strings.Contains(flags(), " 0003 ") {
				t.Errorf("no socket takes all protocols:\n%s", flags())
			}
			if got := promiscuous(t, "v1"); got != !off {
				t.Errorf("NoPromisc %v: the interface is promiscuous: %v", off, got)
			}
			l.Close()
		}
	})
}

// promiscuous reports whether the "promiscuity" count of the ip command is not zero.
func promiscuous(t *testing.T, name string) bool {
	t.Helper()
	return strings.Contains(testkit.Output(t, "ip -d link show "+name), "promiscuity 1")
}

// TestLiveCountsDrops checks that frames lost by an idle reader are all counted.
func TestLiveCountsDrops(t *testing.T) {
	testkit.Run(t, func(t *testing.T) {
		testkit.Veth(t)
		l := open(t, "v1", Options{Buffer: 256 << 10})
		s := testkit.NewSender(t, "v0")
		f := frameOf(0x88b5, strings.Repeat("d", 1000))
		const sent = 2000
		for range sent {
			s.Send(f)
		}
		got := len(stopAndDrain(t, l))
		if st := stats(t, l, got); st.Dropped == 0 || got == 0 || st.Received != sent ||
			st.Freezes == 0 {
			t.Errorf("sent %d, given %d: %+v", sent, got, st)
		}
	})
}

func TestLiveCloseWakesReader(t *testing.T) {
	testkit.Run(t, func(t *testing.T) {
		testkit.Veth(t)
		fastest := time.Hour
		for range 5 { // the machine may be busy
			fastest = min(fastest, wake(t, open(t, "v1", Options{})))
		}
		if fastest > idleAfter/2 { // after idleAfter it would have woken by itself
			t.Errorf("waking took %v", fastest)
		}
	})
}

// wake closes a capture with a blocked reader, and returns the time until the reader returned.
func wake(t *testing.T, l Capture) time.Duration {
	ended := make(chan error)
	go func() {
		var p capture.Packet
		err := capture.ErrIdle
		for errors.Is(err, capture.ErrIdle) {
			err = l.Next(&p)
		}
		ended <- err
	}()
	time.Sleep(20 * time.Millisecond)
	began := time.Now()
	closed := make(chan error)
	go func() { closed <- l.Close() }()
	if err := <-ended; !errors.Is(err, os.ErrClosed) {
		t.Errorf("Next after Close: %v", err)
	}
	took := time.Since(began)
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if _, err := l.Stats(); err != nil {
		t.Errorf("counts after Close: %v", err)
	}
	if err := errors.Join(l.Close(), l.Stop()); err != nil {
		t.Errorf("once more: %v", err)
	}
	return took
}

func TestLiveInterfaceDeleted(t *testing.T) {
	for _, down := range []bool{false, true} {
		testkit.Run(t, func(t *testing.T) {
			testkit.Veth(t)
			l := open(t, "v1", Options{})
			testkit.NewSender(t, "v0").Send(frameOf(0x88b5, strings.Repeat("l", 50)))
			time.Sleep(3 * ringRetire * time.Millisecond)
			if down {
				testkit.Output(t, "ip link set v1 down")
			}
			testkit.Output(t, "ip link del v0")
			within(t, 2*time.Second, "ending", func() {
				var p capture.Packet
				given, err := 0, error(nil)
				for err == nil || errors.Is(err, capture.ErrIdle) {
					if err = l.Next(&p); err == nil {
						given++
					}
				}
				var e *Error
				if !errors.Is(err, ErrInterfaceGone) || !errors.As(err, &e) ||
					e.Interface != "v1" || given != 1 {
					t.Errorf("down %v: %d frames, %v", down, given, err)
				}
				if again := l.Next(&p); again != err {
					t.Errorf("then %v", again)
				}
			})
		})
	}
}

// TestLiveInterfaceDeletedUnderLoad checks that all frames up to the deletion of the interface are
// returned, or counted as dropped. This includes frames of the kernel's last, incomplete block.
func TestLiveInterfaceDeletedUnderLoad(t *testing.T) {
	for _, count := range []int{1, 2} {
		for range 3 {
			testkit.Run(t, func(t *testing.T) {
				testkit.Veth(t)
				l := open(t, "v1", Options{Rings: count})
				from, err := net.InterfaceByName("v0")
				if err != nil {
					t.Fatal(err)
				}
				fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
				if err != nil {
					t.Fatal(err)
				}
				defer unix.Close(fd)
				if err := unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: from.Index}); err != nil {
					t.Fatal(err)
				}
				var sending sync.WaitGroup
				sending.Go(func() {
					for n := 0; ; n++ {
						if _, err := unix.Write(fd, numbered(n)); err != nil {
							return // the interface no longer exists
						}
						time.Sleep(100 * time.Microsecond)
					}
				})
				first, ended := make(chan bool), make(chan error, 1)
				given := uint64(0)
				go func() {
					var p capture.Packet
					for {
						err := l.Next(&p)
						if err == nil {
							if given++; given == 1 {
								close(first)
							}
						} else if !errors.Is(err, capture.ErrIdle) {
							ended <- err
							return
						}
					}
				}()
				<-first
				testkit.Output(t, "ip link del v0")
				sending.Wait()
				within(t, 2*time.Second, "ending", func() { err = <-ended })
				s, counted := l.Stats()
				if !errors.Is(err, ErrInterfaceGone) || counted != nil || given+
					s.Dropped != s.Received {
					t.Errorf("%d rings: %d frames given, %+v: %v, %v", count, given, s, err,
						counted)
				}
			})
		}
	}
}

func TestLiveLinkDownAndUp(t *testing.T) {
	testkit.Run(t, func(t *testing.T) {
		testkit.Veth(t)
		var changes []LinkChange
		l := open(t, "v1", Options{LinkChanged: func(c LinkChange) {
			changes = append(changes,
				c)
		}})
		idle := func() {
			var p capture.Packet
			for range 2 {
				if err := l.Next(&p); !errors.Is(err, capture.ErrIdle) {
					t.Errorf("Next: %v", err)
				}
			}
		}
		began := time.Now()
		testkit.Output(t, "ip link set v1 down")
		idle()
		testkit.Output(t, "ip link set v1 up")
		idle()
		testkit.WaitForCarrier(t, "v0")
		if len(changes) != 2 || changes[0].Up || !changes[1].Up ||
			!changes[1].Down.Equal(changes[0].Down) ||
			changes[0].Down.Before(began) || !changes[1].At.After(changes[1].Down) ||
			changes[0].Interface != "v1" {
			t.Errorf("%+v", changes)
		}
		testkit.NewSender(t, "v0").Send(frameOf(0x88b5, strings.Repeat("u", 50)))
		if got := stopAndDrain(t, l); len(got) != 1 {
			t.Errorf("%d frames after it came up", len(got))
		}
	})
}

// TestLiveIdleDoesNotSpin checks that waiting for frames takes little processor time, and that the
// same call still works after a while without frames.
func TestLiveIdleDoesNotSpin(t *testing.T) {
	testkit.Run(t, func(t *testing.T) {
		testkit.Veth(t)
		l := open(t, "v1", Options{})
		testkit.Output(t, "ip link set v1 down")
		var before, after unix.Rusage
		var p capture.Packet
		calls := 0
		if err := unix.Getrusage(unix.RUSAGE_THREAD, &before); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(500 * time.Millisecond); time.Now().Before(end); calls++ {
			if err := l.Next(&p); !errors.Is(err, capture.ErrIdle) {
				t.Fatal(err)
			}
		}
		if err := unix.Getrusage(unix.RUSAGE_THREAD, &after); err != nil {
			t.Fatal(err)
		}
		used := time.Duration(after.Utime.Nano() +
			after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano())
		if calls > 7 || used > 100*time.Millisecond {
			t.Errorf("%d calls and %v of processor time in half a second", calls, used)
		}
	})
}

func TestDevices(t *testing.T) {
	testkit.Run(t, func(t *testing.T) {
		testkit.Veth(t)
		testkit.Output(t, "ip tuntap add dev raw0 mode tun")
		testkit.Output(t, "ip addr add 192.0.2.1/24 dev v0")
		devices, err := Devices()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i, d := range devices {
			if d.Number != i+1 || d.Err != nil {
				t.Errorf("%+v", d)
			}
			got = append(got, d.Name+" "+map[linktype.Type]string{1: "ether", 101: "raw",
				276: "cooked"}[d.Link])
			if d.Name == "v0" && (len(d.Addresses) != 1 ||
				d.Addresses[0].String() != "192.0.2.1/24" || !d.Up || len(d.Hardware) != 6) {
				t.Errorf("%+v", d)
			}
			if byNumber, err := FindDevice(string(rune('0' + d.Number))); err != nil ||
				byNumber.Name != d.Name {
				t.Errorf("number %d: %q, %v", d.Number, byNumber.Name, err)
			}
		}
		all := strings.Join(got, ", ") + ","
		for _, want := range []string{"lo ether,", "v0 ether,", "v1 ether,", "raw0 raw,",
			"any cooked,"} {
			if !strings.Contains(all, want) {
				t.Errorf("%s lacks %s", all, want)
			}
		}
		if _, err := FindDevice("nonesuch"); !errors.Is(err, ErrNoInterface) {
			t.Errorf("nonesuch: %v", err)
		}
	})
}

func TestLiveNextAllocatesNothing(t *testing.T) {
	testkit.Run(t, func(t *testing.T) {
		testkit.Veth(t)
		l := open(t, "v1", Options{})
		s := testkit.NewSender(t, "v0")
		f := append(frameOf(0x8100, "\x20\x64\x08\x06"), strings.Repeat("q", 46)...)
		for range 300 {
			s.Send(f)
		}
		time.Sleep(3 * ringRetire * time.Millisecond)
		var p capture.Packet
		if n := testing.AllocsPerRun(200, func() {
			if err := l.Next(&p); err != nil {
				t.Error(err)
			}
		}); n != 0 {
			t.Errorf("%v allocations a frame", n)
		}
	})
}

func TestBlocksFor(t *testing.T) {
	for _, c := range []struct{ buffer, size, blocks int }{
		{16 << 20, 128 << 10, 128}, {512 << 10, 128 << 10, 4}, {256 << 10, 64 << 10, 4},
		{1, 64 << 10, 2}, {640<<10 + 1, 128 << 10, 5},
	} {
		if size, blocks := blocksFor(c.buffer); size != c.size || blocks != c.blocks {
			t.Errorf("%d bytes: %d blocks of %d, want %d of %d", c.buffer, blocks, size, c.blocks,
				c.size)
		}
	}
}

// TestLiveBatch checks that Batch and Next return the same frames, each once. The kernel sets the
// time for each socket separately.
func TestLiveBatch(t *testing.T) {
	testkit.Run(t, func(t *testing.T) {
		testkit.Veth(t)
		one, many := open(t, "v1", Options{Buffer: 256 << 10}),
			open(t, "v1", Options{Buffer: 256 << 10})
		s := testkit.NewSender(t, "v0")
		for i := range 300 { // more than a block
			s.Send(append(frameOf(0x8100, "\x20\x64\x08\x06"),
				strings.Repeat(string(rune('a'+i%26)), 300+i)...))
		}
		want := stopAndDrain(t, one)
		stats(t, one, len(want))
		if err := many.Stop(); err != nil {
			t.Error(err)
		}
		records := make([]capture.Record, 7)
		var p capture.Packet
		for i := 0; ; {
			n := many.Batch(records)
			if n == 0 {
				err := many.Next(&p)
				if err == io.EOF {
					if i != len(want) || i < 200 {
						t.Errorf("%d frames, Next gave %d", i, len(want))
					}
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				n, records[0] = 1, p.Record()
			}
			for k := range n {
				if r, w := records[k], want[i]; r.Number != w.Number ||
					!bytes.Equal(r.Data, w.Data) || int(r.Length) != w.Length || r.Link != w.Link ||
					r.Nanos-w.Timestamp.UnixNano() > 1e6 ||
					w.Timestamp.UnixNano()-r.Nanos > 1e6 {
					t.Fatalf("frame %d: %d bytes of %d at %d, want %d of %d at %v", i+1,
						len(r.Data), r.Length, r.Nanos, len(w.Data), w.Length, w.Timestamp)
				}
				i++
			}
		}
	})
}
