package render

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/textutil"
	"github.com/portsniff/portsniff/linktype"
)

// tcpPacket builds an IPv4 packet with a bare TCP header.
func tcpPacket(src, dst string, sport, dport uint16, flags byte) []byte {
	b := make([]byte, 40)
	b[0], b[3], b[8], b[9] = 0x45, 40, 64, 6
	s, d := netip.MustParseAddr(src).As4(), netip.MustParseAddr(dst).As4()
	copy(b[12:], s[:])
	copy(b[16:], d[:])
	binary.BigEndian.PutUint16(b[20:], sport)
	binary.BigEndian.PutUint16(b[22:], dport)
	b[32], b[33] = 0x50, flags
	return b
}

// frameOf decodes and annotates one raw IP packet.
func frameOf(raw []byte, number int64) *analysis.Frame {
	p := new(decode.Packet)
	p.Decode(linktype.Raw, raw, len(raw))
	at := time.Date(2026, 11, 23, 3, 6, 13, 601064123, time.UTC)
	f := &analysis.Frame{Number: number, Time: at, HasTime: true, Len: len(raw), Packet: p}
	f.Annotate(flow.NewTable(flow.Options{}).Add(p, uint32(len(raw)), at.UnixNano(), number))
	return f
}

// TestIPv4FitsEightyColumns checks that the longest IPv4 lines fit in 80 columns with both
// addresses, both ports and all flags.
func TestIPv4FitsEightyColumns(t *testing.T) {
	for _, number := range []int64{1, 12345, 123456789} {
		for _, ports := range [][2]uint16{{51514, 443}, {65535, 49000}, {48000, 47808},
			{60999, 26000}} {
			for _, flags := range []byte{decode.FlagSYN, 0xff} {
				f := frameOf(tcpPacket("192.168.100.200", "198.151.100.207", ports[0], ports[1],
					flags), number)
				f.Len = 65549
				out := string(linesOf(t, LineOptions{Style: Style{Width: 80}}, f))
				for line := range strings.Lines(out) {
					if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
						t.Errorf("%d columns: %s", n, line)
					}
				}
				for _, part := range []string{"192.168.100.200:" + port(ports[0]),
					"198.151.100.207:" + port(ports[1]), "65549B"} {
					if !strings.Contains(out, part) {
						t.Errorf("%q is missing from %s", part, out)
					}
				}
			}
		}
	}
}

func TestTCPFlags(t *testing.T) {
	for bits, want := range map[uint8]string{0: "none", decode.FlagSYN: "S",
		decode.FlagSYN | decode.FlagACK: "SA", decode.FlagFIN | decode.FlagACK: "FA",
		decode.FlagPSH | decode.FlagACK: "PA", decode.FlagRST: "R", 0xff: "SFRPAUEW"} {
		if got := string(appendTCPFlags(nil, bits)); got != want {
			t.Errorf("%08b: %s, want %s", bits, got, want)
		}
	}
}

func TestDefuse(t *testing.T) {
	for in, want := range map[string]string{
		"=1+1": "'=1+1", "+1+1": "'+1+1", "-1+1": "'-1+1", "@SUM(A1)": "'@SUM(A1)", "  =1": "'  =1",
		"|cmd": "'|cmd", "%0": "'%0",
		"-1": "-1", "42": "42", "http": "http", "": "", "\t=1": `\t=1`,
	} {
		if got := defuse(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestClock(t *testing.T) {
	t.Setenv("TZ", "UTC")
	first := time.Date(2026, 11, 23, 3, 6, 13, 601064123, time.UTC)
	times := []time.Time{first, first.Add(1500 * time.Millisecond), first.Add(time.Second),
		first.Add(26 * time.Hour)}
	for _, c := range []struct {
		stamp Stamp
		want  []string
	}{
		{StampEpoch, []string{"1795403173.601064", "1795403175.101064", "1795403174.601064",
			"1795496773.601064"}},
		{StampDelta, []string{"00:00:00.000000", "00:00:01.500000", "-00:00:00.500000",
			"25:59:59.000000"}},
		{StampSince, []string{"00:00:00.000000", "00:00:01.500000", "00:00:01.000000",
			"26:00:00.000000"}},
		{StampNone, []string{"", "", "", ""}},
	} {
		k := clock{stamp: c.stamp, digits: 6}
		for i, at := range times {
			if got := string(k.append(nil, at, true)); got != c.want[i] {
				t.Errorf("stamp %d, time %d: %q, want %q", c.stamp, i, got, c.want[i])
			}
		}
	}
	// Both times are truncated first, as tcpdump -ttt and -ttttt do for these four times.
	for stamp, want := range map[Stamp][]string{
		StampDelta: {"000000", "000001", "000000", "000001"},
		StampSince: {"000000", "000001", "000001", "000002"},
	} {
		k := clock{stamp: stamp, digits: 6}
		for i, nanos := range []int{601064123, 601065023, 601065999, 601066000} {
			at := time.Date(2026, 11, 23, 3, 6, 13, nanos, time.UTC)
			if got := string(k.append(nil, at, true)); got != "00:00:00."+want[i] {
				t.Errorf("stamp %d, %d ns: %q, want %s", stamp, nanos, got, want[i])
			}
		}
	}
	k := clock{digits: 9}
	if got := string(k.append(nil, first, false)); got != "-" {
		t.Errorf("unknown time: %q", got)
	}
}

func TestDurations(t *testing.T) {
	for d, want := range map[time.Duration]string{
		250 * time.Microsecond: "0.000250 s", 1500 * time.Millisecond: "1.500 s",
		12500 * time.Millisecond: "12.5 s", 62 * time.Second: "0:01:02",
		3*time.Hour + 25*time.Minute + 7*time.Second: "3:25:07", 100 * time.Hour: "100:00:00",
	} {
		if got := durationText(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

// checkText fails if out contains a control character other than line feed and tab.
func checkText(t *testing.T, what string, out []byte) {
	t.Helper()
	for _, r := range string(out) {
		if r != '\n' && r != '\t' && !unicode.IsPrint(r) {
			t.Fatalf("%s: control character %q in %q", what, r, out)
		}
	}
}

func TestCommentsCannotWriteToTheTerminal(t *testing.T) {
	f := frameOf(tcpPacket("192.0.2.10", "198.51.100.7", 50000, 80, decode.FlagSYN), 1)
	f.Comments = [][]byte{[]byte("\x1b]0;title\x07"), []byte("two\nlines"), {0xff, 0x9b}}
	checkText(t, "comment", linesOf(t, LineOptions{}, f))
}

// linesOf returns the lines of one packet.
func linesOf(t *testing.T, opt LineOptions, f *analysis.Frame) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := NewLineWriter(opt).Packet(&out, f); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func dumpOf(t *testing.T, data []byte, d Dump) string {
	t.Helper()
	var out bytes.Buffer
	w := NewLineWriter(LineOptions{Dump: d})
	if err := w.dump(&out, &decode.Packet{Data: data}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestDump compares a dump's rows with tcpdump -XX: offset, groups of two bytes, text, and dots for
// non-printable bytes.
func TestDump(t *testing.T) {
	data := []byte("GET / HTTP/1.1\r\n\x1b[2J\xff")
	want := "\t0x0000:  4745 5420 2f20 4854 5450 2f31 2e31 0d0a  GET./.HTTP/1.1..\n" +
		"\t0x0010:  1b5b 324a ff                             .[2J.\n"
	if got := dumpOf(t, data, DumpBothAll); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	checkText(t, "text dump", []byte(dumpOf(t, data, DumpTextAll)))
}

// TestDumpOfLargePacket checks that a large packet, which is dumped in pieces, has continuous
// offsets, also beyond four digits. The writer's buffer does not grow with the packet.
func TestDumpOfLargePacket(t *testing.T) {
	data := make([]byte, 1<<20)
	var out bytes.Buffer
	w := NewLineWriter(LineOptions{Dump: DumpHexAll})
	if err := w.dump(&out, &decode.Packet{Data: data}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 1<<16 || !strings.HasPrefix(lines[0x1000], "\t0x10000:  0000") ||
		!strings.HasPrefix(lines[1<<16-1], "\t0xffff0:  0000") {
		t.Errorf("%d lines, %q, %q", len(lines), lines[0x1000], lines[len(lines)-1])
	}
	if cap(w.out) > 16*dumpPiece {
		t.Errorf("a buffer of %d bytes", cap(w.out))
	}
	if text := dumpOf(t, []byte(strings.Repeat("a", 10000)),
		DumpTextAll); text != strings.Repeat("a", 10000)+"\n" {
		t.Errorf("%d bytes of text", len(text))
	}
}

func TestListedFitsEightyColumns(t *testing.T) {
	for _, c := range []struct {
		items []string
		want  string
	}{
		{[]string{"not-ip 4"}, "without: not-ip 4\n"},
		{[]string{"not-ip 4", "cut 2"}, "without: not-ip 4, cut 2\n"},
		// 9+36+1+35 is one column too wide
		{[]string{strings.Repeat("a", 35), strings.Repeat("b", 34), strings.Repeat("c", 78), "d"},
			"without: " + strings.Repeat("a", 35) + ",\n  " + strings.Repeat("b", 34) + ",\n  " +
				strings.Repeat("c", 78) + ",\n  d\n"},
		{[]string{strings.Repeat("a", 34), strings.Repeat("b", 34), "c"}, "without: " +
			strings.Repeat("a", 34) + ", " + strings.Repeat("b", 34) + ",\n  c\n"},
	} {
		if got := (Style{}).listed("without: ", c.items); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// TestColouredTableIsThePlainOne checks that color adds no trailing spaces to the first line of a
// table. They would wrap if the table is as wide as the terminal, and a table drawn in place would
// move down by one row each time.
func TestColouredTableIsThePlainOne(t *testing.T) {
	type row struct{ port, service, process string }
	process := words("process", func(r *row) string { return r.process })
	process.Clip = 1
	table := &Table[row]{Rows: Rows([]row{{"80/tcp", "http", strings.Repeat("x", 100)}}),
		Columns: []Column[row]{words("a", func(r *row) string { return r.port }),
			words("service", func(r *row) string { return r.service }), process}}
	for _, width := range []int{0, 40, 80} {
		var plain, colored bytes.Buffer
		if err := errors.Join(table.Write(&plain, FormatText, Style{Width: width}),
			table.Write(&colored, FormatText, Style{Width: width, Color: true})); err != nil {
			t.Fatal(err)
		}
		bare := strings.NewReplacer("\x1b[1m", "", "\x1b[0m", "").Replace(colored.String())
		if bare != plain.String() || bare == colored.String() {
			t.Errorf("width %d: %q, plain %q", width, colored.String(), plain.String())
		}
		for line := range strings.Lines(colored.String()) {
			if n := textutil.Columns(strings.TrimSuffix(line, "\n")); width > 0 && n > width {
				t.Errorf("width %d: %q has %d columns", width, line, n)
			}
		}
	}
}
