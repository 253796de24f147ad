package pcapfile

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/capture"
)

// TestTrailing checks data after compressed data. After gzip, zero bytes are padding, as in gzip
// -t. Other data after any compressed data is reported as such, after all packets.
func TestTrailing(t *testing.T) {
	gzip, lookErr := exec.LookPath("gzip")
	if lookErr != nil {
		t.Log("SKIPPED: gzip is not installed: its view of padding was NOT compared")
	}
	for _, c := range codecs(t) {
		for _, tt := range []struct {
			name, tail string
			sound      bool
		}{
			{"one zero byte", "\x00", c.name == "gzip"},
			// xz has padding too, in units of four bytes
			{"a block of zeros", strings.Repeat("\x00", 512), c.name == "gzip" || c.name == "xz"},
			{"text", "something else", false},
			{"text after zeros", strings.Repeat("\x00", 512) + "something else", false},
			{"one other byte", "x", false},
		} {
			data := join(c.whole, []byte(tt.tail))
			got, _, err := read(t, data)
			if len(got) != 3 || (err == nil) != tt.sound {
				t.Errorf("%s, then %s: %d packets, %v", c.name, tt.name, len(got), err)
			}
			isTold := len(tt.tail) > 1 || c.name == "gzip" || c.name == "xz" && tt.tail == "x"
			if !tt.sound && isTold && !errors.Is(err, ErrTrailing) {
				t.Errorf("%s, then %s: %v", c.name, tt.name, err)
			}
			if c.name == "gzip" && gzip != "" {
				cmd := exec.Command(gzip, "-t")
				cmd.Stdin = bytes.NewReader(data)
				if err := cmd.Run(); (err == nil) != tt.sound {
					t.Errorf("gzip -t on %s: %v", tt.name, err)
				}
			}
		}
	}
	gz := compressGzip(t, plainPcap(le))
	_, _, err := read(t, join(gz, []byte("x")))
	if want := "test: end at byte 193: the gzip data is complete, and data that is not gzip " +
		"follows it (3 packets read)"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	half := compressGzip(t, plainPcap(le)[:halves])
	if got, _, err := read(t, join(half, make([]byte, 100),
		compressGzip(t, plainPcap(le)[halves:]))); err != nil || len(got) != 3 {
		t.Errorf("a member after padding: %d packets, %v", len(got), err)
	}
	if _, _, err := read(t, join(gz, gz[:5])); !errors.Is(err, ErrCut) {
		t.Errorf("a second member that is cut: %v", err)
	}
}

// TestTrailingXZ checks data that is shorter than a stream header. Up to the length of the header
// it is the beginning of a second stream, or other data.
func TestTrailingXZ(t *testing.T) {
	whole := unbase64(t, xzWhole)
	for _, padding := range []int{0, 4, 512} {
		for n := 1; n < 2*xzStreamHeaderLen; n++ {
			for what, tail := range map[string]string{"text": "something that is no xz stream"[:n],
				"a damaged header": "\xfd7zXZ. something that is no xz stream"[:n],
				"a second stream":  string(whole[:n])} {
				want := ErrTrailing
				if what == "a second stream" || what != "text" && n < 6 {
					want = ErrCut
				}
				got, _, err := read(t, join(whole, make([]byte, padding), []byte(tail)))
				if len(got) != 3 || !errors.Is(err, want) {
					t.Errorf("%d zeros, then %d bytes of %s: %d packets, %v; want %v", padding, n,
						what, len(got), err, want)
				}
			}
		}
	}
}

// TestJoined checks that captures joined by cat end at the second file header, however they are
// read. pcapng files may follow each other.
func TestJoined(t *testing.T) {
	nanos := plainHeader()
	nanos.magic = 0xa1b23c4d
	second := map[string][]byte{
		"pcap": plainPcap(le), "pcap, the other order": plainPcap(be),
		"pcap-ns":              join(nanos.bytes(le), simpleRecord(le, 1, 2, frame(60, 1))),
		"pcap without packets": plainHeader().bytes(le), "pcapng": plainPcapng(le),
		"pcapng, the other order": plainPcapng(be),
	}
	for name, data := range second {
		for _, first := range [][]byte{plainPcap(le), plainPcap(be), plainPcapng(le),
			plainPcapng(be)} {
			ng := bytes.HasPrefix(first, []byte{0x0a, 0x0d, 0x0d, 0x0a})
			if ng && strings.HasPrefix(name, "pcapng") {
				continue
			}
			joined := join(first, data)
			got, _, err := read(t, joined)
			if len(got) != 3 {
				t.Errorf("%s: %d packets", name, len(got))
			}
			mustFail(t, err, ErrJoined, int64(len(first)), 3)
			kind, _, _ := strings.Cut(name, ",")
			kind, _, _ = strings.Cut(kind, " ")
			if want := "(" + strings.TrimSuffix(kind, "-ns") +
				") follows the packets"; !strings.Contains(err.Error(), "a second file header "+
				want) {
				t.Errorf("%s: %v", name, err)
			}
			if n, err := countBatches(t, joined); n != 3 || !errors.Is(err, ErrJoined) {
				t.Errorf("%s, by Batch: %d packets, %v", name, n, err)
			}
		}
	}
	gz := compressGzip(t, plainPcap(le))
	if got, _, err := read(t, join(gz, gz)); len(got) != 3 || !errors.Is(err, ErrJoined) {
		t.Errorf("in gzip: %d packets, %v", len(got), err)
	}
	// A packet of no bytes whose time equals a magic number is still a packet.
	odd := join(plainHeader().bytes(le), simpleRecord(le, 0xa1b2c3d4, 3, nil),
		simpleRecord(le, 0xa1b2c3d4, 4, frame(60, 1)))
	if got, _, err := read(t, odd); len(got) != 2 || err != nil {
		t.Errorf("a packet at 0xa1b2c3d4: %d packets, %v", len(got), err)
	}
}

// TestJoinedCases makes the same check on files that PORTSNIFF_CASES names.
func TestJoinedCases(t *testing.T) {
	root := os.Getenv("PORTSNIFF_CASES")
	if root == "" {
		t.Skip("SKIPPED: PORTSNIFF_CASES is not set, no input from bug reports was tried")
	}
	for name, want := range map[string]error{"rd_gztrail.pcap.gz": io.EOF,
		"rd_cat.pcap": ErrJoined} {
		f, err := Open(filepath.Join(root, name), Options{})
		if err != nil {
			t.Fatal(err)
		}
		var p capture.Packet
		for err == nil {
			err = f.Next(&p)
		}
		if f.Packets() != 2 || !errors.Is(err, want) {
			t.Errorf("%s: %d packets, %v", name, f.Packets(), err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// countBatches counts a capture's packets in the same way as counting commands.
func countBatches(t *testing.T, data []byte) (n int, err error) {
	t.Helper()
	f, err := NewReader(bytes.NewReader(data), "test", Options{})
	if err != nil {
		return 0, err
	}
	defer f.Close()
	few := make([]capture.Record, 64)
	var p capture.Packet
	for {
		if more := f.Batch(few); more > 0 {
			n += more
			continue
		}
		if err := f.Next(&p); err != nil {
			return n, err
		}
		n++
	}
}
