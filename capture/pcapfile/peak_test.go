//go:build !race

// The race detector's own memory would be measured too.

package pcapfile

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/capture"
)

// peakOf is the environment variable with the files that this program reads instead of running
// tests. TestHostilePeak starts it that way.
const peakOf = "CAPTURE_TEST_PEAK_OF"

func TestMain(m *testing.M) {
	if names := os.Getenv(peakOf); names != "" {
		os.Exit(reportPeak(filepath.SplitList(names)))
	}
	os.Exit(m.Run())
}

// reportPeak reads files to their end. It prints the growth of this process's largest resident size
// in KiB, the number of packets, and the error at the end.
func reportPeak(names []string) int {
	before, err := residentPeak()
	if err != nil {
		fmt.Println(err)
		return 1
	}
	s := OpenAll(names, Options{})
	var p capture.Packet
	var end error
	for end == nil {
		end = s.Next(&p)
	}
	after, err := residentPeak()
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println(after-before, s.Packets(), end)
	return 0
}

// residentPeak returns Linux's VmHWM in KiB.
func residentPeak() (int, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if v, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			return strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(v), " kB"))
		}
	}
	return 0, fmt.Errorf("no VmHWM in %q", status)
}

// A hostile is a file that makes the reader use much memory.
type hostile struct {
	name    string
	data    []byte
	packets int
	end     string // text of its error; EOF if empty
	times   int    // number of times to read it, one after the other; 0 means once
}

// TestHostilePeak checks that no file makes the process grow by more than 64 MiB at any time. A
// separate process reads each file, and the kernel measures it. It collects garbage early, because
// the amount of garbage otherwise depends on how busy the machine is.
func TestHostilePeak(t *testing.T) {
	const limit = 60 << 10 // KiB; the rest is for what a program does with the packets
	if _, err := residentPeak(); err != nil {
		t.Skipf("SKIPPED: the largest memory use was NOT measured: %v", err)
	}
	for _, h := range hostiles(t) {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			names := strings.Repeat(string(filepath.ListSeparator)+writeFiles(t, h.data)[0],
				max(h.times, 1))[1:]
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), peakOf+"="+names, "GOGC=10")
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			var grown, packets int
			if _, err := fmt.Sscan(string(out), &grown, &packets); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			t.Logf("%d MiB", grown>>10)
			if grown > limit {
				t.Errorf("the process grew by %d MiB", grown>>10)
			}
			if packets != h.packets || !strings.Contains(string(out), h.end) {
				t.Errorf("want %d packets and %q, got %s", h.packets, h.end, out)
			}
		})
	}
}

// hostiles returns files that make the reader keep much: the longest records, interfaces with
// names, comments, and a decompressor's window.
func hostiles(t *testing.T) []hostile {
	usb := plainHeader()
	usb.link = 189
	longest := join(usb.bytes(le), bytes.Repeat(simpleRecord(le, 1, 2, frame(maxBlock, 1)), 2))
	half := join(usb.bytes(le), bytes.Repeat(simpleRecord(le, 1, 2, frame(maxBlock/2, 1)), 7))
	named := idb(le, 1, 0, option(le, 2, bytes.Repeat([]byte("n"), 60)),
		option(le, 3, bytes.Repeat([]byte("d"), 60)))
	section := join(shb(le), bytes.Repeat(named, maxInterfaces))
	comments := epb(le, 0, 1, nil, bytes.Repeat(option(le, 1, bytes.Repeat([]byte("c"), kib)),
		1000))
	worst := join(section, epb(le, 0, 1, frame(maxBlock, 1),
		bytes.Repeat(option(le, 1, bytes.Repeat([]byte("c"), kib)), 1000)),
		bytes.Repeat(comments, 40), bytes.Repeat(section, 10))
	const worstPackets = 1 + 40
	faults := join(shb(le), idb(le, 1, 0), bytes.Repeat(epb(le, 0, 1, nil,
		rawOption(le, 1, 400, nil)), 300_000))
	header, zeros := plainHeader().bytes(le), make([]byte, 8*mib)
	const records = 10 * 8 * mib / 16 // records of no bytes, in 80 MiB of zeros
	files := []hostile{
		{name: "longest records", data: longest, packets: 2},
		{name: "worst", data: worst, packets: worstPackets},
		{name: "worst, five times", data: worst, packets: 5 * worstPackets, times: 5},
		{name: "option faults", data: faults, packets: 300_000,
			end: "and 299 999 more such faults"},
		{name: "a million interfaces", data: join(shb(le),
			bytes.Repeat(idb(le, 1, 65535), 1_000_000)), end: "more than 8192 interfaces"},
		{name: "gzip, zeros", data: join(compressGzip(t, header),
			bytes.Repeat(compressGzip(t, zeros), 10)), packets: records},
		{name: "gzip, longest records", data: compressGzip(t, longest), packets: 2},
		{name: "gzip, worst", data: compressGzip(t, worst), packets: worstPackets},
		{name: "gzip, members without end", data: join(compressGzip(t, header),
			bytes.Repeat(compressGzip(t, nil), 100_000))},
		{name: "lz4, zeros", data: join(compressLZ4(t, header),
			bytes.Repeat(compressLZ4(t, zeros), 10)), packets: records},
		{name: "lz4, worst", data: compressLZ4(t, worst), packets: worstPackets},
		{name: "zstd, zeros", data: compressZstd(t, join(header, bytes.Repeat(zeros, 10)),
			defaultWindow), packets: records},
		{name: "zstd, longest records", data: compressZstd(t, longest, defaultWindow), packets: 2},
		{name: "zstd, worst, five times", data: compressZstd(t, worst, defaultWindow),
			packets: 5 * worstPackets, times: 5},
		{name: "zstd, growing windows", data: growing(half,
			[]byte{0x50, 0x58, 0x5c, 0x60, 0x64, 0x66, 0x68}, zstdFrame), packets: 7},
		{name: "xz, zeros", data: join(storeXZ(header, 40),
			bytes.Repeat(unbase64(t, xzMebibyte), 80)), packets: records},
		{name: "xz, longest records", data: storeXZ(longest, 40), packets: 2},
		{name: "xz, worst", data: storeXZ(worst, 40), packets: worstPackets},
		{name: "xz, growing dictionaries", data: growing(half, []byte{16, 17, 18, 19, 20, 21, 22},
			storeXZ), packets: 7},
		{name: "bzip2, zeros", data: join(unbase64(t, bzip2Header),
			bytes.Repeat(unbase64(t, bzip2Zeros), 8)), packets: 8 * 9 * mib / 16},
	}
	for i := range files {
		if files[i].end == "" {
			files[i].end = "EOF"
		}
	}
	return files
}

// growing compresses a file in one piece for each window; each piece requests its own window.
func growing(file, windows []byte, compress func(part []byte, window byte) []byte) (out []byte) {
	for i, w := range windows {
		out = append(out, compress(file[len(file)*i/len(windows):len(file)*(i+1)/len(windows)],
			w)...)
	}
	return out
}

// zstdFrame stores data in a frame with its own window descriptor (RFC 8878, section 3.1.1).
func zstdFrame(data []byte, window byte) []byte {
	const blockMax = 128 * kib
	out := []byte{0x28, 0xb5, 0x2f, 0xfd, 0, window}
	for len(data) > 0 {
		n := min(len(data), blockMax)
		head := uint32(n) << 3
		if n == len(data) {
			head |= 1 // the last block
		}
		out = append(append(out, byte(head), byte(head>>8), byte(head>>16)), data[:n]...)
		data = data[n:]
	}
	return out
}
