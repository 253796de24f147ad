package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/portsniff/portsniff/internal/testkit"
)

// TestReaderIsConfined checks from outside the rights of every thread of a reader that waits for
// more input. Then the reader continues.
func TestReaderIsConfined(t *testing.T) {
	t.Parallel()
	capture, err := os.ReadFile("../../pcaps/http.pcap")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(installed(t), "-r", "-", "-l", "--format", "json", "--sandbox", "require")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	const half = 24 + 16 + 74 // file header, header of the first record and its 74 bytes
	if _, err := in.Write(capture[:half]); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || !strings.Contains(lines.Text(), `"frame":1,`) {
		t.Fatalf("the first packet: %q, %v", lines.Text(), lines.Err())
	}
	for _, lack := range unconfined(t, cmd.Process.Pid) {
		t.Error(lack)
	}
	if _, err := in.Write(capture[half:]); err != nil {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	n := 1
	for lines.Scan() {
		n++
	}
	if err := cmd.Wait(); err != nil || n != 10 {
		t.Errorf("%d packets, %v", n, err)
	}
}

// unconfined returns which restrictions the threads of a process that reads files lack, seen from
// outside.
func unconfined(t *testing.T, pid int) (lacks []string) {
	t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(tasks) == 0 {
		t.Fatalf("no threads: %v", err)
	}
	caps := "CapEff:\t0000000000000000\n"
	if os.Geteuid() == 0 {
		// CAP_DAC_READ_SEARCH, to open files that the user can open
		caps = "CapEff:\t0000000000000004\n"
	}
	for _, task := range tasks {
		status, err := os.ReadFile(task)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{caps, "NoNewPrivs:\t1\n", "Seccomp:\t2\n"} {
			if !strings.Contains(string(status), "\n"+want) {
				lacks = append(lacks, fmt.Sprintf("%s has no %q", task, want))
			}
		}
	}
	return lacks
}

// TestEveryReaderIsConfined checks from outside that every command that reads captures is confined
// before its first packet. Then the command continues to the end.
func TestEveryReaderIsConfined(t *testing.T) {
	capture, err := os.ReadFile("../../pcaps/http.pcap")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][][]string{ // arguments by command
		"portsniff": {{}, {"-q"}, {"-d", "tcp"}, {"--where", "port == 80"}},
		"ports":     {{}, {"--wide"}},
		"flows":     {{}},
		"hosts":     {{}, {"tcp"}},
		"services":  {{}, {"tcp"}},
		"top":       {{"--once"}},
		"export":    {{"-o", filepath.Join(t.TempDir(), "store")}},
		"explain":   {{"-f", "3"}, {"tcp"}, {"-d", "tcp"}},
		"quiz":      {{"--format", "json"}},
		"report":    {{}, {"tcp"}},
		"serve":     nil, // does not end by itself: see TestServeIsConfined
	}
	portsniff := installed(t)
	for _, c := range append(newRoot().Commands(), newRoot()) {
		if c.Flags().Lookup("read") == nil {
			continue
		}
		list, ok := rows[c.Name()]
		if !ok {
			t.Errorf("%s reads captures and has no row here", c.Name())
		}
		for _, args := range list {
			if c.Name() != "portsniff" {
				args = append([]string{c.Name()}, args...)
			}
			t.Run(strings.Join(append([]string{"portsniff"}, args...), " "), func(t *testing.T) {
				t.Parallel()
				confinedBeforePackets(t, exec.Command(portsniff,
					append(args, "-r", "-", "--sandbox", "require")...), capture)
			})
		}
	}
}

// confinedBeforePackets starts a command that reads standard input. Until the command is confined,
// it gets only the file header of the capture.
func confinedBeforePackets(t *testing.T, cmd *exec.Cmd, capture []byte) {
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	watchdog := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	defer watchdog.Stop()
	const header = 24
	if _, err := in.Write(capture[:header]); err != nil {
		t.Fatal(err)
	}
	lacks := unconfined(t, cmd.Process.Pid)
	for end := time.Now().Add(30 * time.Second); len(lacks) > 0 &&
		time.Now().Before(end); lacks = unconfined(t, cmd.Process.Pid) {
		time.Sleep(5 * time.Millisecond)
	}
	for _, lack := range lacks {
		t.Error(lack)
	}
	// some commands need only the first packet
	if _, err := in.Write(capture[header:]); err != nil && !errors.Is(err, syscall.EPIPE) {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || out.Len() == 0 {
		t.Errorf("%v: %s", err, &errs)
	}
}

// TestRootReadsOthersFiles checks that root can still read files that only their owners may read.
func TestRootReadsOthersFiles(t *testing.T) {
	requireRoot(t)
	portsniff := installed(t)
	capture, err := os.ReadFile("../../pcaps/http.pcap")
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(filepath.Dir(portsniff), "theirs.pcap")
	if err := os.WriteFile(name, capture, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(name, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(portsniff, "-q", "-r", name, "-r", "../../pcaps/dns.pcap", "--sandbox",
		"require").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "\n12 packets") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestLiveIsConfined checks from outside the rights of every thread of a capture that root started.
// The capture continues.
func TestLiveIsConfined(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		p := capturing(t, "-i", "v1", "-l", "--sandbox", "require", "-Z", "nobody")
		s.Send(udpFrame(40000, 53, "one"))
		p.wait(&p.out, "40000")
		tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", p.cmd.Process.Pid))
		if err != nil || len(tasks) == 0 {
			t.Fatalf("no threads: %v", err)
		}
		for _, task := range tasks {
			status, err := os.ReadFile(task)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{"Uid:\t65534\t65534\t65534\t65534\n",
				"Gid:\t65534\t65534\t65534\t65534\n", "Groups:\t \n", "CapEff:\t0000000000000000\n",
				"CapPrm:\t0000000000000000\n", "NoNewPrivs:\t1\n", "Seccomp:\t2\n"} {
				if !strings.Contains(string(status), "\n"+want) {
					t.Errorf("%s has no %q", task, want)
				}
			}
		}
		s.Send(udpFrame(40001, 53, "two"))
		p.wait(&p.out, "40001")
		p.interrupt()
		if n := p.closing(); n != [3]int{2, 2, 0} {
			t.Errorf("%v", n)
		}
	})
}

// TestOnlyRootChangesUser checks that -Z fails if a user other than root names another user.
func TestOnlyRootChangesUser(t *testing.T) {
	for _, c := range []struct {
		uid  int
		user string
		says string
	}{{0, "root", ""}, {0, "0", ""}, {0, strconv.Itoa(nobodyID), ""}, {nobodyID, "", ""},
		{nobodyID, strconv.Itoa(nobodyID), ""},
		{nobodyID, "root", "-Z root: only root can go on as another user"}} {
		err := (&sandboxFlags{user: c.user}).mayBe(c.uid)
		if err == nil && c.says != "" || err != nil && err.Error() != c.says {
			t.Errorf("user %d, -Z %q: %v", c.uid, c.user, err)
		}
	}
}
