package pcapfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
)

// A readBack is a packet that was read, with its interface.
type readBack struct {
	capture.Packet
	Interface capture.Interface
}

// readAll reads a whole capture: all packets before the error at the end, which is nil for io.EOF.
func readAll(t testing.TB, data []byte) (list []readBack, err error) {
	t.Helper()
	f, err := NewReader(bytes.NewReader(data), "in", Options{})
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var p capture.Packet
	for {
		if err := f.Next(&p); err == io.EOF {
			return list, nil
		} else if err != nil {
			return list, err
		}
		kept := readBack{p, f.Interfaces()[p.InterfaceIndex]}
		kept.Data, kept.Comments = bytes.Clone(p.Data), nil
		for _, c := range p.Comments {
			kept.Comments = append(kept.Comments, bytes.Clone(c))
		}
		list = append(list, kept)
	}
}

// writeAll writes packets, and returns the file and the number of packets written before an error.
func writeAll(t testing.TB, format Format, list []readBack) (file []byte, n int, err error) {
	t.Helper()
	var out bytes.Buffer
	w := NewWriter(&out, "out", format, Uncompressed)
	for i := range list {
		if err = w.Write(&list[i].Packet,
			func() capture.Interface { return list[i].Interface }); err != nil {
			return out.Bytes(), i, err
		}
	}
	err = w.Flush()
	return out.Bytes(), len(list), err
}

// words formats the properties of a packet that must not change by writing and reading it.
func (r *readBack) words(format Format) string {
	at := r.Timestamp
	if !r.HasTime && format == Pcap {
		at = time.Unix(0, 0)
	}
	text := fmt.Sprintf("%d.%09d link %d, %d of %d bytes, FCS %d, % x", at.Unix(), at.Nanosecond(),
		r.Link, len(r.Data), r.Length, r.FCSLen,
		r.Data[:min(len(r.Data), 64)])
	if format == Pcap {
		return text
	}
	in := r.Interface
	in.Index, in.TimeOffset = 0, 0
	if in.Resolution == 0 {
		in.Resolution = capture.Nanoseconds
	}
	return fmt.Sprintf("%s, time known: %v, flags %#x, comments %q, %+v", text, r.HasTime, r.Flags,
		r.Comments, in)
}

// sameBack writes packets and reads them again. It returns the file, and the error if the format
// could not hold all of them. Then the file contains the packets before that one.
func sameBack(t testing.TB, format Format, list []readBack) (file []byte, err error) {
	t.Helper()
	file, n, err := writeAll(t, format, list)
	if err != nil && n == 0 {
		return file, err
	}
	got, readErr := readAll(t, file)
	if len(list) == 0 {
		return file, err
	}
	if readErr != nil || len(got) != n {
		t.Fatalf("format %d: %d packets written, %d read back: %v", format, n, len(got), readErr)
	}
	for i := range got {
		if a, b := list[i].words(format), got[i].words(format); a != b ||
			!bytes.Equal(list[i].Data, got[i].Data) {
			t.Fatalf("format %d, packet %d:\n%s, read back\n%s", format, i+1, a, b)
		}
	}
	return file, err
}

// backInputs returns captures with properties that a writer could lose.
func backInputs() map[string][]byte {
	name := func(o bo, s string) []byte { return option(o, 2, []byte(s)) }
	offset := func(sec int64) []byte { return option(le, 14, le.AppendUint64(nil, uint64(sec))) }
	in := map[string][]byte{
		"interfaces by section": join(shb(le), idb(le, 1, 0, name(le, "eth0")),
			epb(le, 0, 1, frame(60, 1)),
			shb(be), idb(be, 1, 0, name(be, "wlan7"), option(be, 13, []byte{4})),
			epb(be, 0, 1, frame(64, 2))),
		"FCS lengths": join(shb(le), idb(le, 1, 0, option(le, 13, []byte{0})),
			idb(le, 1, 0, option(le, 13, []byte{2})), idb(le, 1, 0, option(le, 13, []byte{248})),
			epb(le, 0, 1, frame(60, 1)), epb(le, 1, 1, frame(60, 1)), epb(le, 2, 1, frame(60, 1)),
			epb(le, 1, 1, frame(60, 1), option(le, 2, []byte{0x81, 0, 0, 0}))),
		"comments": join(shb(le), idb(le, 1, 0), epb(le, 0, 1, frame(60, 1), option(le, 1, nil)),
			epb(le, 0, 1, frame(60, 1), option(le, 1, []byte("a")), option(le, 1, nil),
				option(le, 1, []byte("bc")))),
		"times before 1970": join(shb(le), idb(le, 1, 0, offset(-10)),
			epb(le, 0, 1_500_000, frame(60, 1)), epb(le, 0, 11_000_000, frame(60, 1)),
			shb(le), idb(le, 1, 0, offset(-1<<40)), epb(le, 0, 1, frame(60, 1)), shb(le),
			idb(le, 1, 0, offset(math.MinInt64)), epb(le, 0, 1, frame(60, 1))),
		"times far ahead": join(shb(le), idb(le, 1, 0, option(le, 9, []byte{0})),
			epb(le, 0, 1<<33, frame(60, 1)), epb(le, 0, math.MaxUint64, frame(60, 1)),
			idb(le, 1, 0, offset(1<<62)), epb(le, 1, 5, frame(60, 1))),
		"no times": join(shb(le), idb(le, 1, 0, name(le, "a")), idb(le, 1, 20, name(le, "b")),
			epb(le, 1, 1, frame(20, 1)), epb(le, 0, 1, frame(20, 1)), spb(le, 60, frame(60, 1)),
			shb(le), idb(le, 1, 20, name(le, "c")), spb(le, 60, frame(20, 1)),
			spb(le, 7, frame(7, 1)), epb(le, 0, 9, frame(20, 2))),
		"obsolete": join(shb(be), idb(be, 1, 0), idb(be, 1, 0),
			pb(be, 1, 7, 1, frame(60, 1), option(be, 2, []byte{0, 0, 0, 1}))),
		"pcap": plainPcap(be), "pcapng": plainPcapng(le),
		"pcap with FCS": join(pcapHeader{magic: 0xa1b2c3d4, major: 2, minor: 4, snap: 65535,
			link: 0x24000001}.bytes(le), simpleRecord(le, 5, 6, frame(64, 1))),
	}
	for r := range 256 { // every resolution, with a few counts
		file := join(shb(le), idb(le, 1, 0, option(le, 9, []byte{byte(r)}), offset(3)))
		for _, v := range []uint64{0, 1, 999_999, 1_700_000_000_123_456, 1 << 63, math.MaxUint64} {
			file = append(file, epb(le, 0, v, frame(60, 1))...)
		}
		in[fmt.Sprintf("resolution %#x", r)] = file
	}
	return in
}

// TestWritePreservesPackets checks that a capture's packets do not change when they are written.
func TestWritePreservesPackets(t *testing.T) {
	for name, data := range backInputs() {
		list, err := readAll(t, data)
		if err != nil || len(list) == 0 {
			t.Fatalf("%s: %d packets, %v", name, len(list), err)
		}
		if _, err := sameBack(t, Pcapng, list); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := sameBack(t, Pcap, list); err != nil && !errors.Is(err, ErrTime) &&
			!errors.Is(err, ErrFCSLen) {
			t.Errorf("%s, as pcap: %v", name, err)
		}
	}
}

// TestWritePreservesWhatTsharkReads checks that tshark shows the same for the written file as for
// its input.
func TestWritePreservesWhatTsharkReads(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("SKIPPED: tshark is not installed: what was written was NOT compared with it")
	}
	inputs := backInputs()
	var in []byte // pcapng files can follow each other
	for _, name := range []string{"interfaces by section", "FCS lengths", "comments",
		"times before 1970", "no times", "resolution 0x6", "resolution 0x94", "resolution 0x9e"} {
		in = append(in, inputs[name]...)
	}
	list, err := readAll(t, in)
	if err != nil {
		t.Fatal(err)
	}
	file, _, err := writeAll(t, Pcapng, list)
	if err != nil {
		t.Fatal(err)
	}
	names := writeFiles(t, in, file)
	fields := func(path string, list ...string) string {
		args := []string{"-r", path, "-T", "fields"}
		for _, field := range list {
			args = append(args, "-e", field)
		}
		out, err := exec.Command(tshark, args...).Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	all := []string{"frame.time_epoch", "frame.cap_len", "frame.len", "frame.comment", "eth.fcs",
		"frame.packet_flags"}
	if a, b := fields(names[0], all...), fields(names[1], all...); a != b ||
		strings.Count(a, "\n") != len(list) {
		t.Errorf("tshark reads\n%sand of what was written\n%s", a, b)
	}
	// tshark 4.0 shows the first section's names for all sections, so this is checked separately.
	if got := fields(names[1], "frame.interface_name"); !strings.HasPrefix(got, "eth0\nwlan7\n") {
		t.Errorf("tshark reads the interfaces as %q", got)
	}
}

// TestWriteBeginsSections checks that too many interfaces, or too long names, begin another
// section.
func TestWriteBeginsSections(t *testing.T) {
	var list []readBack
	for i := range 2*maxInterfaces + 5 {
		p := written(i+1, "a", i, 1, time.Unix(1, 0), frame(60, 1))
		list = append(list, readBack{*p, capture.Interface{Name: fmt.Sprintf("if%d", i), FCSLen: -1,
			Resolution: capture.Microseconds, Link: 1}})
	}
	for i := range 300 {
		p := written(i+1, "b", i, 1, time.Unix(1, 0), frame(60, 1))
		list = append(list, readBack{*p, capture.Interface{Name: strings.Repeat("n", maxString),
			FCSLen:     -1,
			Resolution: capture.Microseconds, Link: 1}})
	}
	file, err := sameBack(t, Pcapng, list)
	if n := bytes.Count(file, []byte{0x0a, 0x0d, 0x0d, 0x0a}); err != nil || n != 4 {
		t.Errorf("%d sections, %v", n, err)
	}
}

// TestWriteLongestRecords checks that written records near the limit of 16 MiB can be read.
func TestWriteLongestRecords(t *testing.T) {
	comments := bytes.Repeat(option(le, 1, bytes.Repeat([]byte("c"), 1024)), 1000)
	for name, data := range map[string][]byte{
		"pcap": join(pcapHeader{magic: 0xa1b2c3d4, major: 2, minor: 4, snap: 16 << 20,
			link: 1}.bytes(le), simpleRecord(le, 1, 2, frame(16<<20, 1)),
			simpleRecord(le, 1, 2, frame(60, 1))),
		"pcapng": join(shb(le), idb(le, 1, 0), epb(le, 0, 1, frame(60, 1)),
			epb(le, 0, 1, frame(16<<20, 1), comments), epb(le, 0, 1, frame(60, 1))),
	} {
		list, err := readAll(t, data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, format := range []Format{Pcap, Pcapng} {
			if _, err := sameBack(t, format, list); err != nil {
				t.Errorf("%s as format %d: %v", name, format, err)
			}
		}
	}
}

// TestWriteRejects checks the errors for packets that a format cannot hold, after those before
// them.
func TestWriteRejects(t *testing.T) {
	long := bytes.Repeat([]byte("c"), 1<<10)
	for _, c := range []struct {
		name   string
		format Format
		change func(*readBack)
		want   error
	}{
		{"another link type", Pcap, func(r *readBack) { r.Link = 101 }, ErrLinkType},
		{"another FCS length", Pcap, func(r *readBack) { r.FCSLen = 4 }, ErrFCSLen},
		{"before 1970", Pcap, func(r *readBack) { r.Timestamp = time.Unix(-1, 0) }, ErrTime},
		{"after 2106", Pcap, func(r *readBack) { r.Timestamp = time.Unix(1<<32, 0) }, ErrTime},
		{"longer than the header says", Pcap,
			func(r *readBack) { r.Data = make([]byte, 256<<10+1) }, ErrTooLarge},
		{"above 16 MiB", Pcapng, func(r *readBack) { r.Data = make([]byte, 16<<20+1) },
			ErrTooLarge},
		{"a link type above 16 bits", Pcapng, func(r *readBack) { r.Link = 1 << 16 }, ErrTooLarge},
		{"too many comments", Pcapng, func(r *readBack) { r.Comments = make([][]byte, 1001) },
			ErrTooLarge},
		{"too long comments", Pcapng, func(r *readBack) { r.Comments = slicesRepeat(long, 1025) },
			ErrTooLarge},
		{"a comment without a time", Pcapng, func(r *readBack) {
			r.HasTime, r.Comments = false,
				[][]byte{nil}
		}, ErrNoTime},
		{"cut without a time", Pcapng, func(r *readBack) { r.HasTime, r.Length = false, 99 },
			ErrNoTime},
	} {
		in := capture.Interface{FCSLen: -1, SnapLen: 65535, Resolution: capture.Microseconds,
			Link: 1}
		list := []readBack{{*written(1, "a", 0, 1, time.Unix(1, 0), frame(60, 1)), in},
			{*written(2, "a", 0, 1, time.Unix(1, 0), frame(60, 1)), in}}
		c.change(&list[1])
		_, err := sameBack(t, c.format, list)
		var e *WriteError
		if !errors.Is(err, c.want) || !errors.As(err, &e) || e.Packets != 1 ||
			!strings.HasPrefix(err.Error(), "out: packet 2: ") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	odd := readBack{*written(1, "a", 0, 1, time.Unix(1, 0), frame(60, 1)),
		capture.Interface{FCSLen: 3}}
	odd.FCSLen = 3
	if _, err := sameBack(t, Pcap, []readBack{odd}); !errors.Is(err, ErrFCSLen) {
		t.Errorf("an odd FCS length: %v", err)
	}
}

// TestWriteLastLinkType checks the largest link type that pcapng can contain.
func TestWriteLastLinkType(t *testing.T) {
	list, err := readAll(t, join(shb(le), idb(le, 1<<16-1, 0), epb(le, 0, 1, frame(60, 1))))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sameBack(t, Pcapng, list); err != nil {
		t.Error(err)
	}
}

func slicesRepeat(b []byte, n int) (list [][]byte) {
	for range n {
		list = append(list, b)
	}
	return list
}

// FuzzWriteBack checks that any input gives equal packets when written and read again, in both
// formats.
func FuzzWriteBack(f *testing.F) {
	for name, data := range backInputs() {
		if !strings.HasPrefix(name, "resolution") || strings.HasSuffix(name, "0") {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if compressionOf(data).name != "" {
			return
		}
		list, _ := readAll(t, data)
		_, err := sameBack(t, Pcapng, list)
		if err != nil && !(errors.Is(err, ErrTooLarge) && list[0].Link > math.MaxUint16) {
			t.Fatal(err)
		}
		_, err = sameBack(t, Pcap, list)
		if err != nil && !errors.Is(err, ErrLinkType) && !errors.Is(err, ErrFCSLen) &&
			!errors.Is(err, ErrTime) && !errors.Is(err, ErrTooLarge) {
			t.Fatal(err)
		}
	})
}

// TestClockCount checks that count returns the smallest count with the given time.
func TestClockCount(t *testing.T) {
	for r := range 256 {
		for _, offset := range []int64{0, -5, 1 << 40, math.MinInt64} {
			c := newClock(capture.Resolution(r), offset)
			for _, v := range []uint64{0, 1, 2, 3, 999, 1_500_000, 1<<32 - 1, 1 << 32,
				1_700_000_000_123_456_789, 1<<63 + 9, 1<<64 - 1} {
				at := c.time(v)
				got, ok := c.count(at)
				if !ok || got > v || !c.time(got).Equal(at) || got > 0 && c.time(got-1).Equal(at) &&
					at.Unix() < maxSeconds {
					t.Fatalf("if_tsresol %#x, offset %d: %d units are %v, and back %d units (%v)",
						r, offset, v, at, got, ok)
				}
			}
			if v, ok := c.count(c.time(0).Add(-1)); ok {
				t.Fatalf("if_tsresol %#x: %d units before the first moment", r, v)
			}
		}
	}
	us := newClock(capture.Microseconds, 0)
	if v, ok := us.count(time.Unix(1, 500)); ok {
		t.Errorf("half a microsecond: %d", v)
	}
}
