//go:build !race

// What the race detector itself keeps in memory would be measured too.

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
	bombRecord  = 16 << 20 // bytes of a packet: the most that is read of one
	bombRecords = 12       // 192 MiB in all
	// KiB that a command may take: some of the largest packets, and no share of what comes out
	bombPeak = 128 << 10
	// KiB while four times 100 MiB come out, one after the other, of which serve keeps those of its
	// own capture and those of the one that was dropped last
	servePeak = (256 + 2*100) << 10
)

// largeBomb makes a file of kilobytes that decompresses to a few packets, each as large as one may
// be: a web server's answer with zeros after it.
func largeBomb(t *testing.T) string {
	t.Helper()
	const head, record = 24, 16 // bytes, pcap's
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

// measure starts a program with its output thrown away, and says its status and its largest
// resident size in KiB. A small process has to start it: a program counts what the one that started
// it had in memory as its own.
const measure = `import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ,
    file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
_, status, usage = os.wait4(pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)`

// No command takes memory for what comes out of a file, measured from outside: with the limit it
// fails there, without one it reads all of it.
func TestBombsPeak(t *testing.T) {
	requireTool(t, "python3")
	bomb := largeBomb(t)
	for _, c := range bombedCommands() {
		for limit, want := range map[string]int{"0": 0, "100M": exitFailed} {
			args := append(strings.Fields(c.args), "-r", bomb, "--max-decompressed", limit)
			switch {
			case strings.HasPrefix(c.args, "explain"):
				args[2] = "12" // which is beyond the limit
			case c.args == "-xx" && limit == "0":
				// a gigabyte of text would be the same again and again
				args = append(args, "-c", "2")
			}
			cmd := exec.Command("python3", append([]string{"-c", measure, os.Args[0]}, args...)...)
			cmd.Env = append(os.Environ(), "PORTSNIFF_TEST_MAIN=1")
			cmd.Dir = t.TempDir()
			most := bombPeak
			if strings.HasPrefix(c.args, "top") {
				most += 32 << 10 // the latest packets, which it keeps
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
			if status != want || peak > most || peak < 1<<10 ||
				(want != 0) != strings.Contains(errs.String(), "beyond the limit of 100 MiB") {
				t.Errorf("%v: status %d, %d KiB: %s", args, status, peak, errs.String())
			}
			t.Logf("%v: %d KiB", args[:len(args)-2], peak)
		}
	}
}

// Records of 16 MiB, one after the other, take that much for each worker, and the same again where
// it reads a file ahead; memory is used again, whatever the heap may grow to.
func TestLongRecordsPeak(t *testing.T) {
	requireTool(t, "python3")
	const records, long = 60, 16<<20 - 1<<10
	header, record := samples.Pcap(nil), make([]byte, 16+long)
	binary.LittleEndian.PutUint32(header[20:], 189) // USB, whose records may be so long
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
	for i := range int64(records) { // of the plain file only the heads are on the disk
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
		// The program itself takes 58 MiB, of which 10 are tables of gopacket's layers. A test
		// program has the C library too, and its counters where coverage is measured: 7 MiB.
		if most := (58 + 7 + c.blocks*18) << 10; peak > most || peak < 18<<10 {
			t.Errorf("%d workers: %d KiB for %d blocks, want at most %d", c.jobs, peak, c.blocks,
				most)
		}
		t.Logf("%d workers: %d KiB", c.jobs, peak)
	}
}

// A capture that a browser drops has the limit of the command line too, and the page says that
// there is more. Neither that one nor the file of the command line takes memory for what comes out
// of it.
func TestServeBomb(t *testing.T) {
	dropped, err := os.ReadFile(largeBomb(t))
	if err != nil {
		t.Fatal(err)
	}
	const told = `data goes on beyond the limit of 100 MiB after decompression \(6 packets read\)`
	p := &program{t: t, cmd: exec.Command(os.Args[0], "serve", "-r", largeBomb(t),
		"--max-decompressed", "100M"), ended: make(chan error, 1)}
	p.cmd.Env = append(os.Environ(), "PORTSNIFF_TEST_MAIN=1")
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
	p.run()
	p.wait(&p.out, linkPattern.String())
	l := readLink(t, p.out.String())
	matches(t, "the page", all(t, l.ask(t, "GET", "/data.json", "")), `"frames":6,`,
		`"stop":"[^"]*`+told)
	for range 3 {
		matches(t, "what was dropped", all(t,
			l.ask(t, "POST", "/capture", string(dropped), "X-Portsniff: 1")), `"frames":6,`,
			`"stop":"the dropped capture: [^"]*`+told)
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
	matches(t, "the end", p.errs.String(), told)
}
