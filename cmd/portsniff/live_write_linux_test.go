package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/portsniff/portsniff/internal/testkit"
)

// packetsOf returns the number of packets that tcpdump reads from a file. The file must be
// complete.
func packetsOf(t *testing.T, file string) int {
	t.Helper()
	requireTool(t, "tcpdump")
	out, err := exec.Command("tcpdump", "-n", "-t", "-r", file).Output()
	if err != nil {
		t.Errorf("tcpdump -r %s: %v", file, err)
	}
	return strings.Count(string(out), "\n")
}

func TestLiveWrite(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		file := filepath.Join(t.TempDir(), "a.pcapng")
		p := capturing(t, "-i", "v1", "-w", file, "--comment", "-U", "udp")
		if n := packetsOf(t, file); n != 0 { // the file can be read before it contains packets
			t.Errorf("%d packets before any was sent", n)
		}
		s.Send(udpFrame(40000, 53, "one"), udpFrame(40000, 53, "two"))
		for range 1000 {
			if time.Sleep(10 * time.Millisecond); packetsOf(t, file) == 2 {
				break
			}
		}
		p.interrupt()
		if p.out.String() != "" || p.closing() != [3]int{2, 2, 0} {
			t.Errorf("%q, %s", p.out.String(), p.errs.String())
		}
		matches(t, "errors", p.errs.String(), `(?m)^portsniff: 2 packets written to .*a.pcapng$`)
		requireTool(t, "tshark")
		out, err := exec.Command("tshark", "-r", file, "-T", "fields", "-e", "frame.comment", "-e",
			"frame.interface_name", "-e", "frame.packet_flags_direction").Output()
		if err != nil {
			t.Fatal(err)
		}
		want := "192.0.2.1:40000 reg > 198.51.100.7:53/domain sys UDP 45B\tv1\t0x00000001\n"
		if string(out) != want+want {
			t.Errorf("tshark reads\n%s", out)
		}
		out, err = exec.Command("capinfos", file).Output()
		if err != nil {
			t.Fatal(err)
		}
		matches(t, "capinfos", string(out), `Filter string = udp`, `Capture oper-sys: +Linux`,
			`Time precision = nanoseconds`)
	})
}

func TestLiveWriteAndPrint(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		file := filepath.Join(t.TempDir(), "a.pcap")
		p := capturing(t, "-i", "v1", "-w", file, "--print", "-l", "-c", "2")
		s.Send(udpFrame(40000, 53, "one"), udpFrame(40000, 53, "two"))
		p.end(0)
		matches(t, "output", p.out.String(), `(?m)^ +2 .*:40000`, `(?m)^53/udp`)
		if n := packetsOf(t, file); n != 2 {
			t.Errorf("%d packets in the file", n)
		}
	})
}

// TestLiveFullDisk checks that a full disk ends the capture with status 1. The file must have as
// many packets as the error reports.
func TestLiveFullDisk(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		dir := t.TempDir()
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := unix.Unmount(dir, 0); err != nil {
				t.Error(err)
			}
		})
		for _, name := range []string{"a.pcap", "b.pcapng"} {
			file := filepath.Join(dir, name)
			p := capturing(t, "-i", "v1", "-w", file)
			for range 1500 {
				s.Send(udpFrame(40000, 53, repeat(1000)))
			}
			p.end(exitFailed)
			m := regexp.MustCompile(`(?m)^portsniff: writing the output: .*` + name +
				`: no space left on device \(([0-9 ]+) packets written\)$`).FindStringSubmatch(
				p.errs.String())
			if m == nil {
				t.Fatalf("%s", p.errs.String())
			}
			if n := strings.Count(p.errs.String(), "no space left on device"); n != 1 {
				t.Errorf("the error is reported %d times:\n%s", n, p.errs.String())
			}
			reported, _ := strconv.Atoi(strings.ReplaceAll(m[1], " ", ""))
			if n := packetsOf(t, file); n != reported || n < 900 {
				t.Errorf("%s: %d packets in the file, %d reported", name, n, reported)
			}
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestLiveRotation checks that under load the files of a rotation contain all received packets.
func TestLiveRotation(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		dir := t.TempDir()
		p := capturing(t, "-i", "v1", "-w", filepath.Join(dir, "r.pcapng"), "-C", "1", "-z", "gzip")
		const sent = 5000
		for range sent {
			s.Send(udpFrame(40000, 53, repeat(1000)))
		}
		p.interrupt()
		files, err := filepath.Glob(filepath.Join(dir, "r.pcapng*"))
		if err != nil || len(files) < 5 {
			t.Fatalf("%v, %v", files, err)
		}
		sum := 0
		for _, f := range files {
			if !strings.HasSuffix(f, ".gz") {
				t.Errorf("%s is not compressed", f)
			}
			sum += strings.Count(run(t, "-r", f, "--format", "csv"), "\n") - 1
		}
		n := p.closing()
		if n[0]+n[2] != sent || sum != n[0] {
			t.Errorf("sent %d, in the files %d, closing lines say %v", sent, sum, n)
		}
	})
}

func TestLiveRotationByTime(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		dir := t.TempDir()
		p := capturing(t, "-i", "v1", "-w", filepath.Join(dir, "%s.pcap"), "-G", "1", "-W", "2",
			"-U")
		sent := 0
		for ; sent < 1000; sent++ {
			s.Send(udpFrame(40000, 53, fmt.Sprint(sent)))
			select {
			case err := <-p.ended:
				p.ended <- err
				sent += 1000
			case <-time.After(20 * time.Millisecond):
			}
		}
		p.end(0)
		files, err := filepath.Glob(filepath.Join(dir, "*.pcap"))
		if err != nil || len(files) != 2 {
			t.Fatalf("%v, %v", files, err)
		}
		a, b, n := packetsOf(t, files[0]), packetsOf(t, files[1]), p.closing()
		if a < 2 || b < 2 || a+b != n[0] { // packets without a file were not captured
			t.Errorf("%d and %d packets, closing lines say %v", a, b, n)
		}
	})
}

// TestLiveHangup checks that a closed terminal or connection ends a capture cleanly. Buffered
// packets are written, however often the signal arrives.
func TestLiveHangup(t *testing.T) {
	t.Parallel()
	heedsHangups(t)
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		file := filepath.Join(t.TempDir(), "a.pcapng")
		p := capturing(t, "-i", "v1", "-w", file)
		const sent = 500
		for range sent {
			s.Send(udpFrame(40000, 53, repeat(1000)))
		}
		p.signal(syscall.SIGHUP)
		p.signal(syscall.SIGHUP)
		p.end(0)
		if n := p.closing(); n[0]+n[2] != sent || packetsOf(t, file) != n[0] {
			t.Errorf("sent %d, closing lines say %v, in the file %d", sent, n, packetsOf(t, file))
		}
	})
}

// TestLiveWriteEndsInJSON checks that --format json prints the object that ends a capture, with and
// without printed packets.
func TestLiveWriteEndsInJSON(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		p := capturing(t, "-i", "v1", "-w", filepath.Join(t.TempDir(), "a.pcapng"), "--format",
			"json")
		s.Send(udpFrame(40000, 53, "one"), udpFrame(40000, 53, "two"))
		p.interrupt()
		matches(t, "output", p.out.String(),
			`^{"schema":"portsniff.capture/1","end":true,"interface":"v1",.*"captured":2,`+
				`.*"received":2,"dropped":0,.*}\n$`)
	})
}

// TestLiveKilled checks that a file can be read after the program was killed. portsniff passes
// whole records to the kernel, but the signal may interrupt the kernel's copy. Only in that case
// the last record is cut.
func TestLiveKilled(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		file := filepath.Join(t.TempDir(), "a.pcapng")
		p := capturing(t, "-i", "v1", "-w", file)
		for range 3000 {
			s.Send(udpFrame(40000, 53, repeat(1000)))
		}
		for range 1000 {
			if info, err := os.Stat(file); err == nil && info.Size() > 1<<20 {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		p.signal(syscall.SIGKILL)
		p.end(-1)
		requireTool(t, "tcpdump")
		cmd := exec.Command("tcpdump", "-n", "-t", "-r", file)
		var said strings.Builder
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil && !strings.Contains(said.String(), "truncated") {
			t.Errorf("tcpdump: %v: %s", err, said.String())
		}
		n := strings.Count(string(out), "\n")
		if n < 900 {
			t.Errorf("%d packets", n)
		}
		ours, oursErr := exec.Command("portsniff", "-r", file, "--format", "csv").Output()
		if got := strings.Count(string(ours), "\n") - 1; got != n ||
			(oursErr == nil) != (err == nil) {
			t.Errorf("%d packets and %v, tcpdump shows %d and %v", got, oursErr, n, err)
		}
	})
}

func TestWriteWrongFlags(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, args := range [][]string{{"--print"}, {"-C", "1"}, {"-U"}, {"--comment", "-w", "x.pcap"},
		{"-w", "x", "-W", "1"}, {"-w", "x", "-z", "gzip"}, {"-w", "-", "-C", "1"},
		{"-w", "-", "--print"}, {"-w", "x", "-C", "-1"}} {
		cmd := exec.Command("portsniff", append([]string{"--demo", "http"}, args...)...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if e, ok := err.(*exec.ExitError); !ok || e.ExitCode() != exitUsage {
			t.Errorf("%v: %v: %s", args, err, out)
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Errorf("%v, %v", files, err)
	}
}

// TestWriteFromFile checks that packets of a file that pass the filter are written again.
func TestWriteFromFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"a.pcap", "a.pcapng"} {
		file := filepath.Join(dir, name)
		out, err := exec.Command("portsniff", "-r", "../../pcaps/http.pcap", "-r",
			"../../pcaps/dns6.pcap", "-w", file, "udp").CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		want := packetsOf(t, "../../pcaps/dns6.pcap")
		if got := packetsOf(t, file); got != want || want == 0 {
			t.Errorf("%s: %d packets, want %d", name, got, want)
		}
	}
}
