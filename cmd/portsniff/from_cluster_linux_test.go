package main

import (
	"encoding/binary"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/testkit/samples"
)

// fromFlags lists command lines that work with --from.
var fromFlags = []string{
	"ports", "ports --wide", "ports --wide --by flows --top 3 --format json", "ports --proto udp",
	"ports --every 1m --format csv", "ports --host 198.51.100.7",
	"ports --between 2026-11-23T03:06:00,2026-11-23T03:07:00 --format csv",
	"ports --wide --host 198.51.100.0/24 --proto tcp", "flows", "flows --format json",
	"flows --by bytes --top 3 --format csv", "flows --host 198.51.100.0/24 --proto tcp",
	"flows --between 2026-11-23T03:06:00,2026-11-23T03:07:00 --community-id --format csv",
	"hosts", "hosts --pairs --by bytes --format csv", "hosts --proto udp --top 1 --format json",
	"services", "services --all --format csv", "services --host 198.51.100.7 --format json",
	"top --plain",
}

// fromCluster checks that a command prints the same from a cluster as from a folder.
func fromCluster(t *testing.T, shards []*corpustest.Shard, store string) {
	t.Helper()
	strict := strictest(t)
	for i, line := range fromFlags {
		args := append(strings.Fields(line), "--from")
		want := run(t, append(args, store)...)
		got := run(t, append(args, shards[i%2].URL, "--sandbox", strict)...)
		if got != want {
			t.Errorf("%s prints\n%s\nwant\n%s", line, got, want)
		}
	}
}

// TestClusterManyFlows reads more flows than one query returns. All must be there in the order of
// their frames, although the table sorts them by port.
func TestClusterManyFlows(t *testing.T) {
	const flows = 130_000
	frames := make([][]byte, flows)
	for i := range frames {
		frames[i] = clientFrame(i)
	}
	file, dir := filepath.Join(t.TempDir(), "many.pcap"), filepath.Join(t.TempDir(), "store")
	if err := os.WriteFile(file, samples.Pcap(frames), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "export", "-r", file, "-o", dir)
	shards := startCluster(t)
	if _, errs, status := shipped("ship", dir, "--to", shards[0].URL); status != 0 {
		t.Fatalf("%d: %s", status, errs)
	}
	want := run(t, "flows", "--from", dir, "--format", "csv")
	if n := strings.Count(want, "\n"); n != flows+1 {
		t.Fatalf("%d lines", n)
	}
	got := run(t, "flows", "--from", shards[0].URL, "--format", "csv")
	if got != want {
		a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				t.Fatalf("%d lines of %d; line %d is\n%s\nwant\n%s", len(a), len(b), i+1, a[i],
					b[i])
			}
		}
		t.Fatalf("%d lines of %d", len(a), len(b))
	}
}

// server is the destination of clientFrame.
const server = "10.200.0.1"

// clientFrame returns an Ethernet frame with a UDP packet from the nth client, 10.0.0.0 being the
// first.
func clientFrame(nth int) []byte {
	f := append(make([]byte, 12), 8, 0, 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10,
		byte(nth>>16), byte(nth>>8), byte(nth), 10, 200, 0, 1)
	f = binary.BigEndian.AppendUint16(f, 40000)
	f = binary.BigEndian.AppendUint16(f, []uint16{443, 53, 123}[nth%3])
	return append(f, 0, 8, 0, 0)
}

// untimed returns frames as a pcapng file in Simple Packet Blocks, which have no times.
func untimed(frames [][]byte) (out []byte) {
	block := func(kind uint32, words []uint32, data []byte) {
		data = append(data, make([]byte, -len(data)&3)...)
		size := uint32(12 + 4*len(words) + len(data))
		for _, w := range append([]uint32{kind, size}, words...) {
			out = binary.LittleEndian.AppendUint32(out, w)
		}
		out = binary.LittleEndian.AppendUint32(append(out, data...), size)
	}
	const unknown = 1<<32 - 1                                         // length of a section
	block(0x0a0d0d0a, []uint32{0x1a2b3c4d, 1, unknown, unknown}, nil) // version 1.0
	block(1, []uint32{1, 0}, nil)                                     // Ethernet, no snap length
	for _, f := range frames {
		block(3, []uint32{uint32(len(f))}, slices.Clone(f))
	}
	return out
}

// TestClusterEqualKeys reads inputs that only their IDs distinguish: file name and times are equal,
// or there are no times. Of two inputs, one has the requests, and the other has the replies in
// reverse order. The client of a flow is whoever sent the first packet. It is on the same side in
// all flows only if the rows of one input come before those of the next.
func TestClusterEqualKeys(t *testing.T) {
	const flows = 35_000
	dir := filepath.Join(t.TempDir(), "store")
	for i, pack := range []func([][]byte) []byte{samples.Pcap, untimed} {
		requests, replies := make([][]byte, flows), make([][]byte, flows)
		for n := range flows {
			f := clientFrame(i*flows + n)
			copy(f[36:38], f[34:36]) // equal ports do not show the client
			requests[n], replies[flows-1-n] = f, slices.Concat(f[:26], f[30:34], f[26:30], f[34:])
		}
		for _, frames := range [][][]byte{requests, replies} {
			file := filepath.Join(t.TempDir(), "capture.pcap")
			if err := os.WriteFile(file, pack(frames), 0o600); err != nil {
				t.Fatal(err)
			}
			run(t, "export", "-r", file, "-o", dir)
		}
	}
	shards := startCluster(t)
	if _, errs, status := shipped("ship", dir, "--to", shards[0].URL); status != 0 {
		t.Fatalf("%d: %s", status, errs)
	}
	want := run(t, "flows", "--from", dir, "--format", "csv")
	for _, s := range shards {
		if n := s.Query(t, "portsniff", "SELECT count() FROM flows_local")[0]; n == "0" {
			t.Errorf("%s has no flows: nothing is distributed", s.URL)
		}
		got := run(t, "flows", "--from", s.URL, "--format", "csv")
		if sameSide(t, got, 2*flows, flows); got != want {
			t.Errorf("%s: other rows or another order than in the folder:\n%.900s", s.URL, got)
		}
	}
}

// TestClusterPartial sends a capture that could not be read to its end. The tables of the cluster
// have the notice that those of the folder have.
func TestClusterPartial(t *testing.T) {
	whole, err := os.ReadFile("../../pcaps/services.pcap")
	if err != nil {
		t.Fatal(err)
	}
	file, dir := filepath.Join(t.TempDir(), "cut.pcap"), filepath.Join(t.TempDir(), "store")
	if err := os.WriteFile(file, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errs, status := shipped("export", "-r", file, "-o", dir); status != 1 {
		t.Fatalf("status %d: %s", status, errs)
	}
	shards := startCluster(t)
	if _, errs, status := shipped("ship", dir, "--to", shards[0].URL); status != 0 {
		t.Fatalf("%d: %s", status, errs)
	}
	const want = "portsniff: captures that could not be read to their end: 1 of 1\n"
	for _, from := range []string{dir, shards[0].URL, shards[1].URL} {
		if _, errs, status := shipped("ports", "--from", from); status != 0 || errs != want {
			t.Errorf("%s: %d: %q, want %q", from, status, errs, want)
		}
	}
}

// sameSide checks that in each group of flows, the server of clientFrame is the client of all flows
// or of none.
func sameSide(t *testing.T, text string, flows, group int) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1+flows {
		t.Fatalf("%d rows", len(rows))
	}
	client := slices.Index(rows[0], "client")
	for i, row := range rows[1:] {
		first := rows[1+i/group*group]
		if (row[client] == server) != (first[client] == server) {
			t.Fatalf("flow %d: %q, but flow %d: %q", i, row, i/group*group, first)
		}
	}
}
