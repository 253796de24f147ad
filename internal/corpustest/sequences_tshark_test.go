package corpustest_test

import (
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/flow"
)

// TestSequences compares the relative sequence numbers, acknowledgments and data lengths of TCP
// with tshark's on every sample.
func TestSequences(t *testing.T) {
	names, err := filepath.Glob("../../pcaps/*.pcap*")
	if err != nil || len(names) < 40 {
		t.Fatalf("%d samples, %v", len(names), err)
	}
	segments := 0
	for _, name := range names {
		segments += compareSequences(t, name)
	}
	if segments < 700 {
		t.Errorf("%d segments were compared", segments)
	}
}

// TestSequencesOfCorpus makes the same comparison on real captures. They begin in the middle of
// connections, reuse ports and lose packets.
func TestSequencesOfCorpus(t *testing.T) {
	var files []string
	add := func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	}
	err := filepath.WalkDir(corpustest.Corpus(t), add)
	if err != nil || len(files) < 100 {
		t.Fatalf("%d captures, %v", len(files), err)
	}
	segments := 0
	for i, name := range files {
		if i%8 == 0 {
			segments += compareSequences(t, name)
		}
	}
	t.Logf("%d segments", segments)
	if segments < 1000 {
		t.Errorf("%d segments were compared", segments)
	}
}

// compareSequences returns the number of compared packets, which have one TCP header.
func compareSequences(t *testing.T, name string) (n int) {
	t.Helper()
	got := ourSequences(name)
	if len(got) == 0 {
		return 0
	}
	want := tsharkSequences(t, name)
	for number, row := range got {
		if want[number] == "" {
			continue // more TCP headers, in a tunnel that this test does not decode
		}
		if n++; row != want[number] {
			t.Errorf("%s frame %d: seq, ack and length are %s, tshark has %s", name, number, row,
				want[number])
		}
	}
	return n
}

// ourSequences returns the numbers of packets with one TCP header that is not in a fragment.
func ourSequences(name string) map[int]string {
	file, err := pcapfile.Open(name, pcapfile.Options{})
	if err != nil {
		return nil
	}
	defer file.Close()
	a := analysis.New(flow.Options{})
	a.Sequences = analysis.NewSequences()
	rows := map[int]string{}
	var p capture.Packet
	for number := 1; file.Next(&p) == nil; number++ {
		f := a.Packet(&p)
		if len(f.Transport) == 1 && f.Transport[0].Sequence.Known && !f.Packet.Frag.Is {
			q, h := f.Transport[0].Sequence, f.Packet.TCP(f.Transport[0].Layer)
			ack := h.Ack // tshark has it too, even if the flag is not set
			if h.ACK {
				ack = q.Ack
			}
			rows[number] = fmt.Sprintf("%d %d %d", q.Seq, ack, q.Len)
		}
	}
	return rows
}

// tsharkSequences returns tshark's numbers of the packets with one TCP header.
func tsharkSequences(t *testing.T, name string) map[int]string {
	t.Helper()
	cmd := exec.Command(corpustest.Tool(t, "tshark"), "-r", name, "-T", "fields", "-e",
		"frame.number", "-e", "tcp.seq", "-e", "tcp.ack", "-e", "tcp.len",
		"-o", "ip.defragment:FALSE", "-o", "tcp.analyze_sequence_numbers:TRUE")
	out, err := cmd.Output()
	if err != nil && len(out) == 0 {
		return nil
	}
	rows := map[int]string{}
	for line := range strings.Lines(string(out)) {
		var number int
		cells := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if _, err := fmt.Sscan(cells[0], &number); err != nil || len(cells) < 4 || cells[1] == "" ||
			strings.Contains(cells[1], ",") {
			continue
		}
		rows[number] = strings.Join(cells[1:4], " ")
	}
	return rows
}
