package render_test

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/linktype"
)

// A segment describes a TCP segment, or an echo request if proto is 1 or 58.
type segment struct {
	src, dst string
	proto    byte
	flags    byte
	length   int // on the wire
}

// packet builds the IP packet.
func (s segment) packet() []byte {
	from, to := netip.MustParseAddrPort(s.src), netip.MustParseAddrPort(s.dst)
	payload := make([]byte, 20)
	if s.proto == 6 {
		binary.BigEndian.PutUint16(payload, from.Port())
		binary.BigEndian.PutUint16(payload[2:], to.Port())
		payload[12], payload[13] = 0x50, s.flags
	} else if payload[0] = 8; s.proto == 58 {
		payload[0] = 128
	}
	if from.Addr().Is6() {
		h := append([]byte{0x60, 0, 0, 0, 0, 20, s.proto, 64}, from.Addr().AsSlice()...)
		return append(append(h, to.Addr().AsSlice()...), payload...)
	}
	h := append([]byte{0x45, 0, 0, 40, 0, 0, 0, 0, 64, s.proto, 0, 0}, from.Addr().AsSlice()...)
	return append(append(h, to.Addr().AsSlice()...), payload...)
}

// rows returns the lines of each segment.
func rows(t *testing.T, opt render.LineOptions, segments []segment) (out [][]string) {
	t.Helper()
	w := render.NewLineWriter(opt)
	table := flow.NewTable(flow.Options{})
	for i, s := range segments {
		raw := s.packet()
		p := new(decode.Packet)
		p.Decode(linktype.Raw, raw, len(raw))
		f := &analysis.Frame{Number: int64(i + 1), Packet: p, Len: s.length, HasTime: true,
			Time: time.Date(2026, 11, 23, 3, 6, 13, 601064000, time.UTC)}
		f.Annotate(table.Add(p, uint32(s.length), flow.NoTime, f.Number))
		var b strings.Builder
		if err := w.Packet(&b, f); err != nil {
			t.Fatal(err)
		}
		out = append(out, strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n"))
	}
	return out
}

// talk returns the segments of a connection with all usual flags and lengths.
func talk(client, server string) (out []segment) {
	const syn, fin, push, ack = decode.FlagSYN, decode.FlagFIN, decode.FlagPSH, decode.FlagACK
	for i, flags := range []byte{syn, syn | ack, ack, push | ack, ack, push | ack, fin | ack} {
		s := segment{client, server, 6, flags, 54 + 9_000*i}
		if i%2 > 0 {
			s.src, s.dst = server, client
		}
		out = append(out, s)
	}
	return out
}

var talks = [][2]string{
	{"192.0.2.10:45650", "198.51.100.7:80"},
	{"192.168.178.20:50123", "142.250.185.100:443"},
	{"192.168.178.200:50123", "142.250.185.100:33434"},
	{"[2001:db8::10]:50123", "[2001:db8::7]:443"},
	{"[2001:db8:1234:5678:9abc:def0:1234:5678]:50123",
		"[2001:db8:8765:4321:cba9:fed0:8765:4321]:33434"},
}

// TestAddressesAreWhole checks that lines fit at every width, and that no address or port is cut.
func TestAddressesAreWhole(t *testing.T) {
	for _, width := range []int{40, 60, 80, 100, 120, 200} {
		for _, ends := range talks {
			segments := talk(ends[0], ends[1])
			for _, proto := range []byte{1, 58} {
				if strings.HasPrefix(ends[0], "[") == (proto == 58) {
					segments = append(segments, segment{ends[0], ends[1], proto, 0, 98})
				}
			}
			opt := render.LineOptions{Style: render.Style{Width: width}}
			for i, lines := range rows(t, opt, segments) {
				for _, line := range lines {
					if n := utf8.RuneCountInString(line); n > width {
						t.Errorf("width %d: %d columns in %q", width, n, line)
					}
				}
				for _, end := range []string{segments[i].src, segments[i].dst} {
					at := netip.MustParseAddrPort(end)
					if !holds(lines, at.Addr().String()) ||
						segments[i].proto == 6 && !holds(lines, fmt.Sprintf(":%d", at.Port())) {
						t.Errorf("width %d: no %s in %q", width, end, lines)
					}
				}
			}
		}
	}
}

func holds(lines []string, text string) bool {
	for _, line := range lines {
		if strings.Contains(line, text) {
			return true
		}
	}
	return false
}

// TestLinesDoNotJump checks that all packets of a connection take the same number of lines.
func TestLinesDoNotJump(t *testing.T) {
	for _, width := range []int{40, 60, 80, 100, 120, 200} {
		for _, ends := range talks {
			opt := render.LineOptions{Style: render.Style{Width: width}}
			all := rows(t, opt, talk(ends[0], ends[1]))
			for i, lines := range all {
				if len(lines) != len(all[0]) {
					t.Errorf("width %d: packet %d has %d lines: %q, the first one %q", width, i+1,
						len(lines), lines, all[0])
				}
			}
		}
	}
}

// TestLinesStayApart checks that a packet that does not fit in one line changes the form of later
// lines.
func TestLinesStayApart(t *testing.T) {
	long, short := talk(talks[2][0], talks[2][1]), talk(talks[0][0], talks[0][1])
	opt := render.LineOptions{Style: render.Style{Width: 80}}
	want := len(rows(t, opt, long)[0])
	if want != 2 {
		t.Fatalf("%d lines for the longest addresses", want)
	}
	for i, lines := range rows(t, opt, append(long, short...)) {
		if len(lines) != want {
			t.Errorf("packet %d: %q", i+1, lines)
		}
	}
}

// TestColumns checks that wide terminals align ends, protocols and lengths, with and without ports.
func TestColumns(t *testing.T) {
	for _, width := range []int{100, 120, 200} {
		ping := segment{talks[0][1], talks[0][0], 1, 0, 98}
		segments := append(talk(talks[0][0], talks[0][1]), ping)
		opt := render.LineOptions{Style: render.Style{Width: width}}
		all := rows(t, opt, segments)
		for _, mark := range []string{" > ", "TCP", "B"} {
			want := strings.LastIndex(all[0][0], mark)
			for _, lines := range all {
				if mark == "TCP" && !strings.Contains(lines[0], mark) {
					mark = "ICMP"
				}
				line, _, _ := strings.Cut(lines[0], " no ports")
				if got := strings.LastIndex(line, mark); got != want {
					t.Errorf("width %d: %q at %d instead of %d in %q", width, mark, got, want, line)
				}
			}
		}
	}
}

// TestOneForm checks that without a width each packet is one line in the full form, at any length.
func TestOneForm(t *testing.T) {
	all := rows(t, render.LineOptions{Stamp: render.StampNone},
		append(talk(talks[0][0], talks[0][1])[:2], talk(talks[4][0], talks[4][1])[1]))
	want := "   1 192.0.2.10:45650 reg > 198.51.100.7:80/http sys TCP SYN 54B\n" +
		"   2 198.51.100.7:80/http sys > 192.0.2.10:45650 reg TCP SYN ACK 9054B\n" +
		"   3 [2001:db8:8765:4321:cba9:fed0:8765:4321]:33434/traceroute reg > " +
		"[2001:db8:1234:5678:9abc:def0:1234:5678]:50123 dyn TCP SYN ACK 9054B"
	var got []string
	for _, lines := range all {
		got = append(got, lines...)
	}
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
}

// TestLegend checks that the legend explains the tags of the lines, and fits the width.
func TestLegend(t *testing.T) {
	for _, width := range []int{0, 40, 60, 80, 99, 100, 200} {
		opt := render.LineOptions{Style: render.Style{Width: width}}
		legend := strings.TrimSuffix(render.Legend(opt.Style), "\n")
		if n := utf8.RuneCountInString(legend); width > 0 && n > width {
			t.Errorf("width %d: %q has %d columns", width, legend, n)
		}
		tags, _, _ := strings.Cut(legend, ":")
		line := strings.Join(rows(t, opt, talk(talks[0][0], talks[0][1]))[0], "\n") + " "
		for i, tag := range strings.Split(tags, "/") {
			got := strings.Contains(strings.ReplaceAll(line, "\n", " "), " "+tag+" ")
			if got != (i < 2) {
				t.Errorf("width %d: %q in %q: %v", width, tag, line, got)
			}
		}
	}
}
