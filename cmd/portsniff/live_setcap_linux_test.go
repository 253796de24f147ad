package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/portsniff/portsniff/internal/testkit"
)

// asNobody returns the program at a path, to be run by a user without rights.
func asNobody(t *testing.T, path string, args ...string) *program {
	t.Helper()
	p := &program{t: t, cmd: exec.Command(path, args...), ended: make(chan error, 1)}
	p.cmd.Env = append(os.Environ(), "PORTSNIFF_TEST_MAIN=1")
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobodyID,
		Gid: nobodyID}}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
	return p
}

// withCapability returns a copy of the program with the capability to capture, set by the command
// from the error message.
func withCapability(t *testing.T) string {
	t.Helper()
	requireTool(t, "setcap")
	path := installed(t)
	if out, err := exec.Command("setcap", "cap_net_raw+ep", path).CombinedOutput(); err != nil {
		t.Fatalf("setcap: %v: %s", err, out)
	}
	return path
}

// TestLiveAsPlainUser checks that a user without rights can capture with a program that has the
// capability. The program and its helper drop the capability once everything is open.
func TestLiveAsPlainUser(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		p := asNobody(t, withCapability(t), "-i", "v1", "-l", "--sandbox", "require")
		p.start()
		s.Send(udpFrame(40000, 53, "one"))
		p.wait(&p.out, "40000")
		helper := childOf(t, p.cmd.Process.Pid)
		threads := 0
		for _, pid := range []int{p.cmd.Process.Pid, helper} {
			tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
			if err != nil {
				t.Fatal(err)
			}
			for _, task := range tasks {
				status, err := os.ReadFile(task)
				if err != nil {
					t.Fatal(err)
				}
				threads++
				for _, want := range []string{"Uid:\t65534\t65534\t65534\t65534\n",
					"CapEff:\t0000000000000000\n", "CapPrm:\t0000000000000000\n",
					"CapInh:\t0000000000000000\n",
					"CapAmb:\t0000000000000000\n", "NoNewPrivs:\t1\n", "Seccomp:\t2\n"} {
					if !strings.Contains(string(status), "\n"+want) {
						t.Errorf("%s has no %q", task, want)
					}
				}
			}
		}
		if threads < 4 {
			t.Errorf("only %d threads were looked at", threads)
		}
		s.Send(udpFrame(40001, 53, "two"))
		p.wait(&p.out, "40001")
		p.interrupt()
		if n := p.closing(); n != [3]int{2, 2, 0} {
			t.Errorf("%v", n)
		}
	})
}

// TestLiveAsPlainUserWrites checks that files of that user belong to the user, also in a rotation.
func TestLiveAsPlainUserWrites(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		path := withCapability(t)
		dir := filepath.Join(filepath.Dir(path), "captures")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(dir, nobodyID, nobodyID); err != nil {
			t.Fatal(err)
		}
		p := asNobody(t, path, "-i", "v1", "-w", filepath.Join(dir, "r.pcap"), "-C", "1", "-W", "2",
			"--sandbox", "require")
		p.start()
		const sent = 2500
		for range sent {
			s.Send(udpFrame(40000, 53, repeat(1000)))
		}
		p.interrupt()
		if n := p.closing(); n[0]+n[2] != sent || n[0] == 0 {
			t.Errorf("sent %d, %v", sent, n)
		}
		for _, name := range []string{"r.pcap0", "r.pcap1"} {
			file := filepath.Join(dir, name)
			if packetsOf(t, file) == 0 || ownerOf(t, file) != [2]int{nobodyID, nobodyID} {
				t.Errorf("%s: of %v", name, ownerOf(t, file))
			}
		}
	})
}

// TestLiveAsPlainUserWithoutCapability checks that without the capability the error shows exactly
// what to type.
func TestLiveAsPlainUserWithoutCapability(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, _ *testkit.Sender) {
		path := installed(t)
		for _, args := range [][]string{{"-i", "v1"}, {"ports", "-i", "any"},
			{"flows", "-i", "v1", "--format", "json"}} {
			p := asNobody(t, path, args...)
			err := p.cmd.Run()
			if e, ok := err.(*exec.ExitError); !ok || e.ExitCode() != exitFailed ||
				p.out.String() != "" {
				t.Errorf("%v: %v: %q", args, err, p.out.String())
			}
			want := fmt.Sprintf(
				"open a packet socket: no permission to capture; run it with sudo, or allow "+
					"this program to capture: sudo setcap cap_net_raw+ep %s\n", path)
			if got := p.errs.String(); !strings.HasSuffix(got, want) ||
				strings.Count(got, "\n") != 1 {
				t.Errorf("%v: %q, want %q at the end", args, got, want)
			}
		}
	})
}
