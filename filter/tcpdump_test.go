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

// tcpdump returns the path of the program to compare with.
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

// services returns the registered ports of a name.
func services(name string) (list []filter.Service) {
	for number, proto := range map[uint8]decode.Transport{6: decode.ProtoTCP, 17: decode.ProtoUDP,
		132: decode.ProtoSCTP} {
		if port, ok := annotate.PortByName(name, proto); ok {
			list = append(list, filter.Service{Port: port, Proto: number})
		}
	}
	return list
}

// frames reads every sample, and all short files of the corpus, if there is one. It returns their
// frames by link type. Every third frame is added again, cut, because missing bytes affect results.
// Rare link types get frames made from those of Ethernet.
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

// corpus lists the short captures of the corpus.
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

// read adds the frames of one file. It ignores the file's final error, which other tests check.
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

// heads are link headers for IP packets of version 4 and 6.
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

// rewrap adds frames to every link type in heads: every fifth packet of the Ethernet frames, and
// all unnumbered LLC frames. Headers with a type field get the EtherType.
func rewrap(all map[linktype.Type][]frame) {
	for i, f := range all[linktype.Ethernet] {
		// in LLC frames, which are rare
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

// cookedType returns the protocol field of Linux's cooked headers for an Ethernet frame. For a
// length it is 1 for Novell's raw 802.3 and 4 for LLC.
func cookedType(frame []byte) []byte {
	switch {
	case frame[12] >= 6:
		return frame[12:14]
	case len(frame) >= 16 && frame[14] == 0xff && frame[15] == 0xff:
		return []byte{0, 1}
	}
	return []byte{0, 4}
}

// writeCapture writes frames into a pcap file. The times are the frames' numbers.
func writeCapture(t testing.TB, link linktype.Type, frames []frame) string {
	t.Helper()
	return writeOrdered(t, binary.LittleEndian, link, frames)
}

// writeOrdered is writeCapture for either byte order.
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

// selected returns the frames that tcpdump selects for an expression, or its error.
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

// nothing reports whether tcpdump rejected an expression because it selects nothing.
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

// verdicts returns the frames that a program selects.
func verdicts(p *filter.Program, frames []frame) (list []int) {
	for i, f := range frames {
		if p.Match(f.data, f.wire) {
			list = append(list, i)
		}
	}
	return list
}
