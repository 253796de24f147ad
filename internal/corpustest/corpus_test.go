package corpustest_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/decode"
)

// The corpus is a folder of real captures with tshark's output for every frame. The environment
// names it; it is not part of the repository. corpusMin and corpusMinFrames are its minimum size: a
// smaller one indicates a wrong path.
const (
	corpusEnv       = "PORTSNIFF_CORPUS"
	differencesFile = "testdata/corpus-differences.tsv"
	corpusMin       = 600
	corpusMinFrames = 30_000
)

// corpusFolder returns the corpus, or skips the test if the environment does not name one.
func corpusFolder(t *testing.T) string {
	t.Helper()
	root := os.Getenv(corpusEnv)
	if root == "" {
		t.Skipf("SKIPPED: %s is not set: the walk was NOT compared with tshark on real captures",
			corpusEnv)
	}
	return root
}

// corpusFiles lists the corpus's captures.
func corpusFiles(t *testing.T, root string) []string {
	t.Helper()
	manifest, err := os.ReadFile(filepath.Join(root, "MANIFEST.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, line := range strings.Split(strings.TrimRight(string(manifest), "\n"), "\n")[1:] {
		name, _, _ := strings.Cut(line, "\t")
		names = append(names, name)
	}
	if len(names) < corpusMin {
		t.Fatalf("%d captures in the corpus, at least %d are expected", len(names), corpusMin)
	}
	return names
}

// eachPacket calls f for every packet of a capture that can be read, and returns their number.
func eachPacket(t *testing.T, path string, f func(p *capture.Packet)) int {
	t.Helper()
	file, err := pcapfile.Open(path, pcapfile.Options{})
	if err != nil {
		var format *pcapfile.FormatError
		if !errors.As(err, &format) {
			t.Fatal(err)
		}
		return 0 // not a capture; the reader's own tests list these files
	}
	defer file.Close()
	var p capture.Packet
	n := 0
	for ; file.Next(&p) == nil; n++ {
		f(&p)
	}
	return n
}

// A transport is a header with ports, as seen by tshark or this project.
type transport struct {
	proto    string
	src, dst uint16
}

func (x transport) String() string { return fmt.Sprintf("%s:%d>%d", x.proto, x.src, x.dst) }

func transportsText(list []transport) string {
	if len(list) == 0 {
		return "-"
	}
	var b []string
	for _, x := range list {
		b = append(b, x.String())
	}
	return strings.Join(b, " ")
}

// A difference is a row of the table of known differences.
type difference struct {
	file  string
	frame int64
	// "fair" (hence strict too), "strict" (only), "length", "missing" or "extra" packets
	mode      string
	want, got string
}

func (d difference) String() string {
	return strings.Join([]string{d.file, strconv.FormatInt(d.frame, 10), d.mode, d.want, d.got},
		"\t")
}

// knownDifferences reads the table. Every row needs a reason.
func knownDifferences(t *testing.T) map[difference]bool {
	t.Helper()
	text, err := os.ReadFile(differencesFile)
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[difference]bool)
	for i, line := range strings.Split(strings.TrimRight(string(text), "\n"), "\n")[1:] {
		c := strings.Split(line, "\t")
		if len(c) != 6 || c[5] == "" {
			t.Fatalf("%s, row %d: %d columns, want file, frame, mode, expected, got and reason",
				differencesFile, i+2, len(c))
		}
		frame, err := strconv.ParseInt(c[1], 10, 64)
		if err != nil {
			t.Fatalf("%s, row %d: %v", differencesFile, i+2, err)
		}
		known[difference{c[0], frame, c[2], c[3], c[4]}] = true
	}
	return known
}

// corpusCount is the result of the comparison.
type corpusCount struct {
	files, unread int // captures; captures without any frame in tshark
	// frames compared; frames not counted because tshark calls them malformed
	frames, malformed int
	fair, strict      int // correct frames
	// completely correct files; files with all lengths equal and no packet missing
	filesFair, filesStrict, whole int
}

// TestCorpus compares the transport headers of every frame with tshark's. In fair mode, headers
// that ICMP errors quote or that follow application-layer carriers may be missing. In strict mode,
// exactly tshark's headers are required.
func TestCorpus(t *testing.T) {
	root := corpusFolder(t)
	known := knownDifferences(t)
	var c corpusCount
	for _, name := range corpusFiles(t, root) {
		for _, d := range c.file(t, root, name) {
			if !known[d.difference] {
				t.Errorf("not in the table of differences:\n%s\t%s", d, d.protocols)
			}
			delete(known, d.difference)
		}
	}
	for d := range known {
		t.Errorf("listed and no longer so:\n%s", d)
	}
	if c.frames < corpusMinFrames {
		t.Errorf("%d frames were compared, at least %d are expected", c.frames, corpusMinFrames)
	}
	scored := c.files - c.unread
	t.Logf("fair:   %d of %d frames right, %d of %d files wholly right", c.fair, c.frames,
		c.filesFair, scored)
	t.Logf("strict: %d of %d frames right, %d of %d files wholly right", c.strict, c.frames,
		c.filesStrict, scored)
	t.Logf("lengths and number of packets: %d of %d files", c.whole, scored)
	t.Logf("not scored: %d frames that tshark calls malformed, %d of %d files that it can't read",
		c.malformed, c.unread, c.files)
}

// found is a difference with tshark's protocols of the frame, as a hint.
type found struct {
	difference
	protocols string
}

// file compares one capture.
func (c *corpusCount) file(t *testing.T, root, name string) (all []found) {
	rows := tsharkRows(t, filepath.Join(root, "oracle", name+".tsv"))
	c.files++
	if len(rows) == 0 {
		c.unread++
		return nil
	}
	bad := make(map[string]bool) // modes
	diff := func(r tsharkRow, frame int64, mode, want, got string) {
		bad[mode] = true
		all = append(all, found{difference{name, frame, mode, want, got}, r.text})
	}
	var packet decode.Packet
	n := eachPacket(t, filepath.Join(root, "files", name), func(p *capture.Packet) {
		if p.Number > int64(len(rows)) {
			diff(tsharkRow{}, p.Number, "extra", "-", "packet")
			return
		}
		r := rows[p.Number-1]
		packet.Decode(p.Link, p.Data, p.Length)
		if want, got := r.lengths, fmt.Sprintf("%d/%d", p.Length, p.CaptureLength); want != got {
			diff(r, p.Number, "length", want, got)
		}
		c.frame(r, transportsOf(&packet), func(mode, want,
			got string) {
			diff(r, p.Number, mode, want, got)
		})
	})
	for i := n; i < len(rows); i++ {
		diff(rows[i], int64(i+1), "missing", "packet", "-")
	}
	short := bad["missing"] || bad["extra"]
	if !short && !bad["fair"] {
		c.filesFair++
	}
	if !short && !bad["fair"] && !bad["strict"] {
		c.filesStrict++
	}
	if !short && !bad["length"] {
		c.whole++
	}
	return all
}

// frame compares one frame.
func (c *corpusCount) frame(r tsharkRow, got []transport, diff func(mode, want, got string)) {
	if r.malformed {
		c.malformed++
		return
	}
	c.frames++
	if slices.Equal(got, r.transports) {
		c.strict++
		c.fair++
		return
	}
	mode := "fair"
	if r.fair(got) {
		c.fair++
		mode = "strict"
	}
	diff(mode, transportsText(r.transports), transportsText(got))
}

func transportsOf(p *decode.Packet) (list []transport) {
	for _, q := range p.Ports {
		list = append(list, transport{q.Proto.String(), q.Src, q.Dst})
	}
	return list
}

// TestCorpusPrefixes cuts every frame at every length up to 256 bytes, and then at some. It decodes
// each once as cut by a snapshot length and once as a frame of that length. Nothing may panic, and
// no port may be read outside of the bytes.
func TestCorpusPrefixes(t *testing.T) {
	root := corpusFolder(t)
	frames := 0
	var packet decode.Packet
	var fields []decode.Field
	for _, name := range corpusFiles(t, root) {
		at, done := int64(0), false
		defer func() { // the panic continues, after the frame is printed
			if !done {
				t.Logf("in %s, frame %d", name, at)
			}
		}()
		frames += eachPacket(t, filepath.Join(root, "files", name), func(p *capture.Packet) {
			at = p.Number
			for n := 0; n <= len(p.Data); n += prefixStep(n) {
				for _, wire := range [...]int{n, p.Length} {
					packet.Decode(p.Link, p.Data[:n:n], wire)
					fields = checkPrefix(t, &packet, fields,
						fmt.Sprint(name, " frame ", p.Number, " cut to ", n))
				}
			}
		})
		done = true
	}
	if frames < corpusMinFrames {
		t.Errorf("%d frames were cut, at least %d are expected", frames, corpusMinFrames)
	}
}

// prefixStep returns the distance to the next cut after one at n bytes.
func prefixStep(n int) int {
	if n < 256 {
		return 1
	}
	return 61
}

// checkPrefix formats every header of a decoded prefix and checks the positions of its ports.
func checkPrefix(t *testing.T, p *decode.Packet, fields []decode.Field,
	where string) []decode.Field {
	for i := range p.Layers {
		fields = p.AppendFields(fields[:0], i)
	}
	for _, q := range p.Ports {
		if q.At < 0 || q.At+4 > len(p.Data) {
			t.Errorf("%s: ports at byte %d", where, q.At)
		}
	}
	if len(p.Ports) == 0 && p.NoPorts == decode.HasPorts {
		t.Errorf("%s: neither ports nor a reason", where)
	}
	return fields
}
