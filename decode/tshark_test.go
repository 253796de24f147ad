package decode_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
)

// minSamples and minCorpus are how many captures there are at least; fewer are a mistake in the path.
const (
	minSamples = 40
	minCorpus  = 600
)

// A frame is one packet of a capture that is put before tshark and before this package.
type frame struct {
	file string // the capture's path below its root
	n    int64  // its number there, from 1
	link decode.LinkType
	data []byte
	wire int // length on the wire in bytes
}

// sampleFrames are the frames of every committed sample.
func sampleFrames(t testing.TB) []frame {
	t.Helper()
	names, err := filepath.Glob("../pcaps/*.pcap*")
	if err != nil || len(names) < minSamples {
		t.Fatalf("%d samples, %v", len(names), err)
	}
	return readFrames(t, "../pcaps", names)
}

// corpusFrames are the frames of the captures in the folder that the environment names.
func corpusFrames(t *testing.T) []frame {
	t.Helper()
	root := os.Getenv("PORTSNIFF_CORPUS")
	if root == "" {
		t.Skip("SKIPPED: PORTSNIFF_CORPUS is not set, real captures were not compared with tshark")
	}
	root = filepath.Join(root, "files")
	var names []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			names = append(names, path)
		}
		return err
	})
	if err != nil || len(names) < minCorpus {
		t.Fatalf("%d captures, %v", len(names), err)
	}
	return readFrames(t, root, names)
}

// readFrames reads captures as far as they can be read: how a damaged one ends is the concern of the package that reads them.
func readFrames(t testing.TB, root string, names []string) (frames []frame) {
	t.Helper()
	for _, name := range names {
		rel, err := filepath.Rel(root, name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := capture.Open(name, capture.Options{})
		if err != nil {
			var format *capture.FormatError
			if !errors.As(err, &format) {
				t.Fatal(err)
			}
			continue
		}
		var p capture.Packet
		for f.Next(&p) == nil {
			frames = append(frames, frame{rel, p.Number, decode.LinkType(p.Link), bytes.Clone(p.Data), p.Length})
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return frames
}

// findTshark skips loudly where tshark is missing, and fails where the environment says that it must be there.
func findTshark(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("tshark")
	if err == nil {
		return path
	}
	if os.Getenv("PORTSNIFF_REQUIRE_ORACLES") == "1" {
		t.Fatal(err)
	}
	t.Skip("SKIPPED: tshark is not installed, nothing was compared with it")
	return ""
}

// A pdmlField is one field as tshark's PDML has it.
type pdmlField struct {
	name      string
	pos, size int    // bytes of the frame
	show      string // as text
	value     string // hexadecimal: the bytes, or the number where the field is some bits of them
	masked    bool
}

// dissect gives the frames to one tshark, as one capture, and calls each with what it says of them, in order. Reassembly is off: it would
// count from the reassembled bytes.
func dissect(t *testing.T, frames []frame, each func(f frame, fields []pdmlField)) {
	t.Helper()
	tshark := findTshark(t)
	name := filepath.Join(t.TempDir(), "frames.pcapng")
	if err := os.WriteFile(name, pcapng(frames), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-n", "-r", name, "-T", "pdml", "-J", strings.Join(pdmlProtocols(), " ")}
	for _, o := range []string{
		"ip.defragment:FALSE", "ipv6.defragment:FALSE", "tcp.desegment_tcp_streams:FALSE", "sctp.reassembly:FALSE",
		"ip.check_checksum:TRUE", "tcp.check_checksum:TRUE", "udp.check_checksum:TRUE", "sctp.checksum:CRC-32c",
		"udplite.check_checksum:TRUE", "udplite.ignore_checksum_coverage:FALSE", "dccp.check_checksum:TRUE",
	} {
		args = append(args, "-o", o)
	}
	cmd := exec.Command(tshark, args...)
	cmd.Stderr = io.Discard // warnings about running as root, and a dissector's own bugs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	n := parsePDML(t, out, frames, each)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if n != len(frames) {
		t.Fatalf("tshark shows %d of %d frames", n, len(frames))
	}
}

// pdmlProtocols are the names of Wireshark's protocols whose fields are wanted.
func pdmlProtocols() []string {
	names := strings.Fields("ieee8021ad ieee8021ah pppoes ipv6.fraghdr ipv6.hopopts ipv6.dstopts ipv6.routing wlan_radio radiotap udplite")
	for _, id := range decode.IDs() {
		names = append(names, id.String())
	}
	return names
}

// parsePDML reads PDML line by line, which is how tshark writes it: one element a line.
func parsePDML(t *testing.T, out io.Reader, frames []frame, each func(f frame, fields []pdmlField)) (n int) {
	r := bufio.NewReaderSize(out, 1<<20)
	var fields []pdmlField
	for {
		line, err := r.ReadString('\n')
		if err == io.EOF {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
		line = strings.TrimLeft(line, " ")
		switch {
		case strings.HasPrefix(line, "<packet>"):
			fields = fields[:0]
		case strings.HasPrefix(line, "</packet>"):
			if n < len(frames) {
				each(frames[n], fields)
			}
			n++
		case strings.HasPrefix(line, "<field name=") && strings.Contains(line, " pos="):
			f := pdmlField{name: attribute(line, "name"), show: attribute(line, "show"), value: attribute(line, "value")}
			f.masked = strings.Contains(line, " unmaskedvalue=")
			f.pos, f.size = number(t, attribute(line, "pos")), number(t, attribute(line, "size"))
			fields = append(fields, f)
		}
	}
}

func number(t *testing.T, s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// attribute is the value of an element's attribute; quotation marks within one are escaped.
func attribute(line, name string) string {
	_, rest, ok := strings.Cut(line, " "+name+`="`)
	if !ok {
		return ""
	}
	v, _, _ := strings.Cut(rest, `"`)
	return v
}

// pcapng writes the frames as one section with an interface for each link type.
func pcapng(frames []frame) []byte {
	le := binary.LittleEndian
	out := pcapngBlock(nil, 0x0a0d0d0a, le.AppendUint64(le.AppendUint32(le.AppendUint32(nil, 0x1a2b3c4d), 1), ^uint64(0)))
	interfaces := make(map[decode.LinkType]uint32)
	for _, f := range frames {
		id, ok := interfaces[f.link]
		if !ok {
			id = uint32(len(interfaces))
			interfaces[f.link] = id
			out = pcapngBlock(out, 1, le.AppendUint32(le.AppendUint32(nil, uint32(f.link)), 0))
		}
		b := le.AppendUint32(nil, id)
		b = le.AppendUint64(b, 0)
		b = le.AppendUint32(le.AppendUint32(b, uint32(len(f.data))), uint32(f.wire))
		out = pcapngBlock(out, 6, append(b, f.data...))
	}
	return out
}

func pcapngBlock(out []byte, kind uint32, body []byte) []byte {
	le := binary.LittleEndian
	body = append(body, make([]byte, -len(body)&3)...)
	n := uint32(12 + len(body))
	out = le.AppendUint32(le.AppendUint32(out, kind), n)
	return le.AppendUint32(append(out, body...), n)
}
