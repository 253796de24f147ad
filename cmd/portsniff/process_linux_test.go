package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/internal/testkit"
)

const talkers = `import os, socket, sys, time
s = socket.create_server(("127.0.0.1", 8080))
if os.fork() == 0:
    os.closerange(s.fileno(), s.fileno() + 1)
    c = socket.create_connection(("127.0.0.1", 8080))
    for i in range(20):
        c.send(b"x")
        time.sleep(0.1)
    os._exit(0)
a = s.accept()[0]
while a.recv(1):
    pass
`

// TestLiveProcesses checks that a capture names a real server and a real client. The helper that
// finds them has no other rights, and ends with the capture.
func TestLiveProcesses(t *testing.T) {
	t.Parallel()
	requireTool(t, "python3")
	testkit.Run(t, func(t *testing.T) {
		testkit.Output(t, "ip link set lo up")
		p := capturing(t, "-i", "lo", "-l", "--sandbox", "require", "-Z", "nobody")
		helper := childOf(t, p.cmd.Process.Pid)
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", helper))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"Uid:\t65534\t65534\t65534\t65534\n",
			"CapPrm:\t0000000000080004\n", "NoNewPrivs:\t1\n", "Seccomp:\t2\n"} {
			if !strings.Contains(string(status), "\n"+want) {
				t.Errorf("the helper has no %q", want)
			}
		}
		cmd := exec.Command("python3", "-c", talkers)
		cmd.Stderr = os.Stderr
		if err := cmd.Run(); err != nil {
			t.Fatal(err)
		}
		server := cmd.Process.Pid
		p.interrupt()
		out := p.out.String()
		matches(t, "the output", out, fmt.Sprintf(
			`process: src python3/\d+ of root; dst python3/%d of root`, server))
		if strings.Contains(out, fmt.Sprintf("src python3/%d of root; dst python3/%d", server,
			server)) {
			t.Errorf("the server is named as the client:\n%s", out)
		}
		if n := p.closing(); n[2] != 0 || n[0] == 0 {
			t.Errorf("%v", n)
		}
		if _, err := os.Stat(fmt.Sprintf("/proc/%d", helper)); err == nil {
			t.Error("the helper is still there")
		}
	})
}

// TestLiveProcessGone checks a socket that was closed at once. Its process is either found in time
// or reported as gone, never replaced by another process.
func TestLiveProcessGone(t *testing.T) {
	t.Parallel()
	testkit.Run(t, func(t *testing.T) {
		testkit.Output(t, "ip link set lo up")
		p := capturing(t, "-i", "lo", "-l", "--format", "json")
		childOf(t, p.cmd.Process.Pid)
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go func() { // it sees the end at once, and closes its own side late
					_, err := io.Copy(io.Discard, c)
					time.Sleep(time.Second)
					if err := errors.Join(err, c.Close()); err != nil {
						t.Error(err)
					}
				}()
			}
		}()
		for end := time.Now().Add(20 * time.Second); time.Now().Before(end) &&
			!strings.Contains(p.out.String(), `"confidence":"gone"`); {
			c, err := net.Dial("tcp4", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(300 * time.Millisecond)
		}
		p.wait(&p.out, `"confidence":"gone"`)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		p.interrupt()
		me := strconv.Itoa(os.Getpid())
		for _, pid := range linesOf(p.out.String(), `"pid":(\d+)`) {
			if pid != "0" && pid != me {
				t.Errorf("process %s had nothing to do with it", pid)
			}
		}
	})
}

// childOf waits until a process has a child that has dropped its rights, and returns the child's
// ID.
func childOf(t *testing.T, pid int) int {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(
		5 * time.Millisecond) {
		tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
		if err != nil {
			t.Fatal(err)
		}
		for _, task := range tasks {
			text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, task.Name()))
			if err != nil {
				continue // the thread has ended
			}
			child, err := strconv.Atoi(strings.TrimSpace(string(text)))
			if err != nil {
				continue
			}
			parent, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			// Seccomp mode 2: the sandbox closes after the helper is ready.
			if err == nil && strings.Contains(string(parent), "\nSeccomp:\t2\n") {
				return child
			}
		}
	}
	t.Fatal("there is no helper")
	return 0
}
