package filter_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/linktype"
)

// A frame is one record of a capture.
type frame struct {
	data []byte
	wire int
}

// tcpdump is the path of the program that verdicts are compared with.
func tcpdump(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("tcpdump")
	if err == nil {
		return path
	}
	if os.Getenv("PORTSNIFF_REQUIRE_ORACLES") == "1" {
		t.Fatal("tcpdump is not installed, and PORTSNIFF_REQUIRE_ORACLES asks for it")
	}
	t.Skip("SKIPPED: tcpdump is not installed, so that verdicts were compared with nothing")
	return ""
}

// services looks names up in the registry.
func services(name string) (list []filter.Service) {
	for number, proto := range map[uint8]decode.Transport{6: decode.ProtoTCP, 17: decode.ProtoUDP,
		132: decode.ProtoSCTP} {
		if port, ok := annotate.PortByName(name, proto); ok {
			list = append(list, filter.Service{Port: port, Proto: number})
		}
	}
	return list
}

// frames reads every sample, and of the corpus, if there is one, every file but the long ones, and
// gives their frames by link type. Every third frame comes once more, cut: verdicts on what was not
// captured count too. Link types that are rare get frames made from those of Ethernet.
func frames(t testing.TB) map[linktype.Type][]frame {
	t.Helper()
	files, err := filepath.Glob("../pcaps/*.pcap*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	all := map[linktype.Type][]frame{}
	for _, f := range append(files, corpus(t)...) {
		read(t, f, all)
	}
	all[linktype.Ethernet] = append(all[linktype.Ethernet], made()...)
	for link, list := range all {
		for i := 0; i < len(list); i += 3 {
			if n := len(list[i].data); n > 0 {
				all[link] = append(all[link], frame{list[i].data[:(i*7+13)%n], list[i].wire})
			}
		}
	}
	rewrap(all)
	return all
}

// corpus lists captures of the corpus that are short enough.
func corpus(t testing.TB) (files []string) {
	dir := os.Getenv("PORTSNIFF_CORPUS")
	if dir == "" {
		return nil
	}
	err := filepath.WalkDir(filepath.Join(dir, "files"),
		func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			if info, err := d.Info(); err == nil && info.Size() < 20_000 {
				files = append(files, path)
			}
			return nil
		})
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in the corpus: %v", err)
	}
	slices.Sort(files)
	return files
}

// read adds the frames of one file. That a file ends in an error is another test's matter.
func read(t testing.TB, name string, all map[linktype.Type][]frame) {
	f, err := pcapfile.Open(name, pcapfile.Options{})
	if err != nil {
		return
	}
	defer f.Close()
	var p capture.Packet
	for f.Next(&p) == nil {
		link := p.Link
		if slices.Contains(filter.LinkTypes(), link) && len(p.Data) <= p.Length {
			all[link] = append(all[link], frame{bytes.Clone(p.Data), p.Length})
		}
	}
}

// heads are link headers to put before an IP packet, of version 4 and 6.
var heads = map[linktype.Type][2]string{
	linktype.Null:      {"\x02\x00\x00\x00", "\x1e\x00\x00\x00"},
	linktype.Loop:      {"\x00\x00\x00\x02", "\x00\x00\x00\x18"},
	linktype.Raw:       {},
	linktype.IPv4:      {},
	linktype.IPv6:      {},
	linktype.PPP:       {"\xff\x03\x00\x21", "\xff\x03\x00\x57"},
	linktype.PPPSerial: {"\xff\x03\x00\x21", "\xff\x03\x00\x57"},
	linktype.CiscoHDLC: {"\x0f\x00\x08\x00", "\x0f\x00\x86\xdd"},
	linktype.SLL: {"\x00\x04\x00\x01\x00\x06\x02\x00\x00\x00\x00\x01\x00\x00\x08\x00",
		"\x00\x00\x00\x01\x00\x06\x02\x00\x00\x00\x00\x01\x00\x00\x86\xdd"},
	linktype.SLL2: {"\x08\x00\x00\x00\x00\x00\x00\x02\x00\x01\x04\x06\x02\x00\x00\x00\x00\x01" +
		"\x00\x00",
		"\x86\xdd\x00\x00\x00\x00\x00\x01\x00\x01\x00\x06\x02\x00\x00\x00\x00\x01\x00\x00"},
}

// rewrap gives every link type that has a head every fifth IP packet of the Ethernet frames, and
// where the EtherType has room, other packets, of those in LLC frames more.
func rewrap(all map[linktype.Type][]frame) {
	for i, f := range all[linktype.Ethernet] {
		// in LLC frames, which are few
		unnumbered := len(f.data) > 16 && f.data[12] < 6 && f.data[16] == 3
		if i%5 != 0 && !unnumbered || len(f.data) < 15 {
			continue
		}
		for link, head := range heads {
			v := 0
			if f.data[14]>>4 == 6 {
				v = 1
			}
			h := []byte(head[v])
			switch link {
			case linktype.SLL:
				copy(h[14:], cookedType(f.data))
			case linktype.SLL2:
				copy(h, cookedType(f.data))
			case linktype.CiscoHDLC:
				copy(h[2:], f.data[12:14])
			}
			all[link] = append(all[link], frame{append(h, f.data[14:]...), f.wire - 14 + len(h)})
		}
	}
}

// cookedType is what Linux's cooked headers have for an Ethernet frame's type: instead of a length
// 1 for Novell's raw 802.3 and 4 for LLC.
func cookedType(frame []byte) []byte {
	switch {
	case frame[12] >= 6:
		return frame[12:14]
	case len(frame) >= 16 && frame[14] == 0xff && frame[15] == 0xff:
		return []byte{0, 1}
	}
	return []byte{0, 4}
}

// writeCapture writes frames into a pcap file whose times are the frames' numbers.
func writeCapture(t testing.TB, link linktype.Type, frames []frame) string {
	t.Helper()
	return writeOrdered(t, binary.LittleEndian, link, frames)
}

// writeOrdered does so in either byte order.
func writeOrdered(t testing.TB, order binary.AppendByteOrder, link linktype.Type,
	frames []frame) string {
	t.Helper()
	b := order.AppendUint32(nil, 0xa1b2c3d4)
	b = order.AppendUint16(order.AppendUint16(b, 2), 4)
	for _, n := range []uint32{0, 0, 262144, uint32(link)} {
		b = order.AppendUint32(b, n)
	}
	for i, f := range frames {
		for _, n := range []int{i, 0, len(f.data), f.wire} {
			b = order.AppendUint32(b, uint32(n))
		}
		b = append(b, f.data...)
	}
	name := filepath.Join(t.TempDir(), fmt.Sprintf("link%d.pcap", link))
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// selected asks tcpdump which frames an expression selects, or why it refuses it.
func selected(t testing.TB, tool, file, expr string, flags ...string) (list []int, refused string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(tool, append(flags, "-r", file, "-w", "-", "--", expr)...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, errs.String()
	}
	for b := out.Bytes()[24:]; len(b) > 0; {
		list = append(list, int(binary.LittleEndian.Uint32(b)))
		b = b[16+binary.LittleEndian.Uint32(b[8:]):]
	}
	return list, ""
}

// nothing reports whether tcpdump refused an expression because it selects nothing.
func nothing(refused string) bool {
	return strings.Contains(refused,
		"expression rejects all packets")
}

// A row is one line of the table of expressions.
type row struct {
	expr            string
	refused, differ bool
}

func table(t testing.TB) (rows []row) {
	t.Helper()
	f, err := os.Open("testdata/expressions.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	for s.Scan() {
		line := s.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		r := row{expr: line, refused: line[0] == '!', differ: line[0] == '~'}
		if r.refused || r.differ {
			r.expr = line[1:]
		}
		rows = append(rows, r)
	}
	if err := s.Err(); err != nil || len(rows) < 400 {
		t.Fatalf("%d expressions: %v", len(rows), err)
	}
	return rows
}

// verdicts are the frames that a program selects.
func verdicts(p *filter.Program, frames []frame) (list []int) {
	for i, f := range frames {
		if p.Match(f.data, f.wire) {
			list = append(list, i)
		}
	}
	return list
}
