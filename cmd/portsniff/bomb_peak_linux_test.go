//go:build !race

// The race detector is excluded: its own memory would be measured too.

package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/portsniff/portsniff/internal/testkit/samples"
)

const (
	bombRecord  = 16 << 20 // bytes of a packet, the largest size that is read
	bombRecords = 12       // 192 MiB in all
	// bombPeak is the most memory of a command, in KiB: a few of the largest packets.
	bombPeak = 128 << 10
	// servePeak is the most memory of serve, in KiB, while it decompresses four captures of 100 MiB
	// in turn. serve keeps the packets of its own capture and of the last dropped one.
	servePeak = (256 + 2*100) << 10
)

// largeBomb writes a file of some kilobytes that decompresses to a few packets of the largest size.
// Each packet is the response of a web server, followed by zeros.
func largeBomb(t *testing.T) string {
	t.Helper()
	const head, record = 24, 16 // bytes of the pcap headers
	sample, err := os.ReadFile("../../pcaps/http.pcap")
	if err != nil {
		t.Fatal(err)
	}
	first := sample[head+record:][:binary.LittleEndian.Uint32(sample[head+8:])]
	packet := make([]byte, record+bombRecord)
	binary.LittleEndian.PutUint32(packet[8:], bombRecord)
	binary.LittleEndian.PutUint32(packet[12:], bombRecord)
	copy(packet[record:], first)
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	binary.LittleEndian.PutUint32(sample[16:], bombRecord) // the snapshot length
	for _, part := range append([][]byte{sample[:head]},
		slices.Repeat([][]byte{packet}, bombRecords)...) {
		if _, err := w.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Join(t.TempDir(), "bomb")
	if err := w.Close(); err != nil || b.Len() > 200_000 {
		t.Fatalf("%d bytes, %v", b.Len(), err)
	}
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// measure starts a program, discards its output, and prints its status and its peak resident size
// in KiB. It runs in a small process, because a program's peak includes the memory of the process
// that started it.
const measure = `import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ,
    file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
_, status, usage = os.wait4(pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)`

// TestBombsPeak checks from outside that no command keeps the decompressed file in memory. With a
// limit the command fails there; without one it reads the whole file.
func TestBombsPeak(t *testing.T) {
	t.Parallel()
	requireTool(t, "python3")
	bomb := largeBomb(t)
	for _, c := range bombedCommands() {
		for limit, want := range map[string]int{"0": 0, "100M": exitFailed} {
			args := append(strings.Fields(c.args), "-r", bomb, "--max-decompressed", limit)
			switch {
			case strings.HasPrefix(c.args, "explain"):
				args[2] = "12" // beyond the limit
			case c.args == "-xx" && limit == "0":
				// a gigabyte of repeated text would test nothing new
				args = append(args, "-c", "2")
			}
			cmd := exec.Command("python3", append([]string{"-c", measure, os.Args[0]}, args...)...)
			cmd.Env = append(os.Environ(), "PORTSNIFF_TEST_MAIN=1")
			cmd.Dir = t.TempDir()
			peakLimit := bombPeak
			if strings.HasPrefix(c.args, "top") {
				peakLimit += 32 << 10 // top keeps the latest packets
			}
			var errs strings.Builder
			cmd.Stderr = &errs
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v: %v: %s", args, err, errs.String())
			}
			var status, peak int
			if _, err := fmt.Sscan(string(out), &status, &peak); err != nil {
				t.Fatal(err)
			}
			if status != want || peak > peakLimit || peak < 1<<10 ||
				(want != 0) != strings.Contains(errs.String(), "exceeds the limit of 100 MiB") {
				t.Errorf("%v: status %d, %d KiB: %s", args, status, peak, errs.String())
			}
			t.Logf("%v: %d KiB", args[:len(args)-2], peak)
		}
	}
}

// TestLongRecordsPeak reads records of 16 MiB. Each worker needs one such block, and a second one
// if it reads a file ahead. Blocks are reused, whatever the heap limit is.
func TestLongRecordsPeak(t *testing.T) {
	t.Parallel()
	requireTool(t, "python3")
	const records, long = 60, 16<<20 - 1<<10
	header, record := samples.Pcap(nil), make([]byte, 16+long)
	binary.LittleEndian.PutUint32(header[20:], 189) // USB, which allows records of this length
	binary.LittleEndian.PutUint32(record[8:], long)
	binary.LittleEndian.PutUint32(record[12:], long)
	plain, err := os.Create(filepath.Join(t.TempDir(), "long"))
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	w, err := zstd.NewWriter(&packed)
	if err != nil {
		t.Fatal(err)
	}
	_, err1 := plain.Write(header)
	_, err2 := w.Write(header)
	for i := range int64(records) { // a sparse file: only the record headers use disk space
		_, err3 := plain.WriteAt(record[:16], int64(len(header))+i*int64(len(record)))
		_, err4 := w.Write(record)
		err1 = errors.Join(err1, err3, err4)
	}
	name := plain.Name() + ".zst"
	if err := errors.Join(err1, err2, plain.Truncate(int64(len(header)+records*len(record))),
		plain.Close(), w.Close(), os.WriteFile(name, packed.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		jobs, blocks int
		name         string
	}{{1, 1, name}, {2, 2, name}, {4, 4, name}, {2, 4, plain.Name()}, {4, 8, plain.Name()}} {
		cmd := exec.Command("python3", "-c", measure, os.Args[0], "flows", "--memory", "2G",
			"--jobs", strconv.Itoa(c.jobs), "-r", c.name)
		cmd.Env = append(os.Environ(), "PORTSNIFF_TEST_MAIN=1")
		var errs strings.Builder
		cmd.Stderr = &errs
		out, err := cmd.Output()
		var status, peak int
		if _, scan := fmt.Sscan(string(out), &status, &peak); err != nil || scan != nil ||
			status != 0 {
			t.Fatalf("%d workers: %v, status %d: %s", c.jobs, err, status, errs.String())
		}
		// The program itself uses 58 MiB, 10 of them for gopacket's layer tables. A test program
		// needs 7 MiB more for the C library and, with coverage, its counters.
		if peakLimit := (58 + 7 + c.blocks*18) << 10; peak > peakLimit || peak < 18<<10 {
			t.Errorf("%d workers: %d KiB for %d blocks, want at most %d", c.jobs, peak, c.blocks,
				peakLimit)
		}
		t.Logf("%d workers: %d KiB", c.jobs, peak)
	}
}

// TestServeBomb checks that the limit also applies to a capture that a browser uploads. The page
// must show that there is more. Neither this capture nor the file of the command line is kept in
// memory after decompression.
func TestServeBomb(t *testing.T) {
	t.Parallel()
	dropped, err := os.ReadFile(largeBomb(t))
	if err != nil {
		t.Fatal(err)
	}
	const message = `data exceeds the limit of 100 MiB after decompression \(6 packets read\)`
	p := &program{t: t, cmd: exec.Command(os.Args[0], "serve", "-r", largeBomb(t),
		"--max-decompressed", "100M"), ended: make(chan error, 1)}
	p.cmd.Env = append(os.Environ(), "PORTSNIFF_TEST_MAIN=1")
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
	p.run()
	p.wait(&p.out, linkPattern.String())
	l := readLink(t, p.out.String())
	matches(t, "the page", all(t, l.ask(t, "GET", "/data.json", "")), `"frames":6,`,
		`"stop":"[^"]*`+message)
	for range 3 {
		matches(t, "what was dropped", all(t,
			l.ask(t, "POST", "/capture", string(dropped), "X-Portsniff: 1")), `"frames":6,`,
			`"stop":"the dropped capture: [^"]*`+message)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB$`).FindSubmatch(status)
	if m == nil {
		t.Fatalf("%s", status)
	}
	if peak, err := strconv.Atoi(string(m[1])); err != nil || peak > servePeak {
		t.Errorf("%d KiB, %v", peak, err)
	}
	t.Logf("serve: %s KiB", m[1])
	p.signal(syscall.SIGINT)
	p.end(exitFailed)
	matches(t, "the end", p.errs.String(), message)
}
