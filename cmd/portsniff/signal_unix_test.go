//go:build unix

package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestSignalsWhileWaitingForInput checks that signals end the program while it waits for input. It
// shows what it read, and the status reports that the input is incomplete.
func TestSignalsWhileWaitingForInput(t *testing.T) {
	t.Parallel()
	sample, err := os.ReadFile("../../pcaps/http.pcap")
	if err != nil {
		t.Fatal(err)
	}
	var zipped bytes.Buffer
	zip := gzip.NewWriter(&zipped)
	if _, err := zip.Write(sample); err != nil {
		t.Fatal(err)
	}
	if err := zip.Flush(); err != nil { // more may follow
		t.Fatal(err)
	}
	for _, c := range []struct {
		args  []string
		input []byte
	}{{[]string{"-r", "-"}, sample}, {[]string{"-q", "-r", "-"}, sample},
		{[]string{"flows", "-r", "-"}, sample}, {[]string{"flows", "-r", "-"}, zipped.Bytes()},
		{[]string{"hosts", "-r", "-"}, sample},
		{[]string{"ports", "--jobs", "3", "-r", "-"}, sample},
		{[]string{"flows", "--jobs", "2", "-r", "-"}, sample},
		{[]string{"explain", "-r", "-", "-f", "1,99"}, sample}} {
		args := c.args
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			cmd := exec.Command(os.Args[0], args...)
			cmd.Env = append(os.Environ(), "PORTSNIFF_TEST_MAIN=1")
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			errs, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			cmd.Stdout = &out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			watchdog := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
			defer watchdog.Stop()
			if _, err := in.Write(c.input); err != nil { // the pipe stays open
				t.Fatal(err)
			}
			lines := make(chan string, 1000)
			go func() {
				defer close(lines)
				for r := bufio.NewScanner(errs); r.Scan(); {
					lines <- r.Text()
				}
			}()
			catches(t, cmd.Process.Pid)
			all := "portsniff: 10 packets, 992 bytes, "
			// A signal before the handler is installed is lost: send it again.
			for reported := false; !reported; {
				if err := cmd.Process.Signal(syscall.SIGUSR1); err != nil {
					t.Fatal(err)
				}
				select {
				case line, ok := <-lines:
					if !ok {
						t.Fatal("the program ended")
					}
					reported = strings.HasPrefix(line, all)
				case <-time.After(50 * time.Millisecond):
				}
			}
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			var rest string
			for line := range lines {
				rest += line + "\n"
			}
			err = cmd.Wait()
			if cmd.ProcessState.ExitCode() != exitFailed ||
				!strings.Contains(rest, "portsniff: interrupted after 10 packets\n") {
				t.Errorf("%v: %s", err, rest)
			}
			if !strings.Contains(out.String(), "80") || args[0] == "-r" &&
				!strings.Contains(out.String(), "\n  10 ") {
				t.Errorf("what was read is not shown: %s", out.String())
			}
		})
	}
}

// catches waits until a program has installed its signal handlers. A signal before that would end
// it.
func catches(t *testing.T, pid int) {
	t.Helper()
	for range 1000 {
		status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
		if err != nil { // no /proc on this system: wait instead
			time.Sleep(time.Second)
			return
		}
		_, caught, _ := strings.Cut(string(status), "SigCgt:\t")
		caught, _, _ = strings.Cut(caught, "\n")
		if mask, err := strconv.ParseUint(caught, 16, 64); err == nil &&
			mask>>(syscall.SIGUSR1-1)&1 == 1 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("no handlers")
}

// heedsHangups lets SIGHUP end this process and the programs that it starts, even under nohup.
func heedsHangups(t *testing.T) {
	t.Helper()
	if !signal.Ignored(syscall.SIGHUP) {
		return
	}
	// started programs do not ignore a signal that this process handles
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	t.Cleanup(func() { signal.Ignore(syscall.SIGHUP) })
}
