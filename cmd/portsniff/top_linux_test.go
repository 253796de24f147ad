package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/sys/unix"

	"github.com/portsniff/portsniff/internal/testkit"
)

// A watching is the program on a pseudo-terminal, in its own session.
type watching struct {
	*program
	screen *os.File
	tty    *os.File
	before unix.Termios
	filled <-chan struct{}
}

func watchTop(t *testing.T, args ...string) *watching {
	t.Helper()
	return watchTopAs(t, &syscall.SysProcAttr{Setsid: true, Setctty: true}, args...)
}

func watchTopAs(t *testing.T, attr *syscall.SysProcAttr, args ...string) *watching {
	t.Helper()
	screen, tty := terminalOf(t, 30, 100)
	w := &watching{screen: screen, tty: tty}
	w.before = w.termios(t)
	w.program = &program{t: t, cmd: exec.Command("portsniff", append([]string{"top"}, args...)...),
		ended: make(chan error, 1)}
	w.cmd.Stdin, w.cmd.Stdout, w.cmd.Stderr = tty, tty, &w.errs
	w.cmd.Env = append(os.Environ(), "LANG=C.UTF-8", "LC_ALL=", "TERM=xterm-256color", "TMUX=")
	w.cmd.SysProcAttr = attr
	w.run()
	w.filled = w.out.fill(screen)
	return w
}

func (w *watching) termios(t *testing.T) unix.Termios {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(w.tty.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *state
}

func (w *watching) press(keys string) {
	w.t.Helper()
	if _, err := w.screen.WriteString(keys); err != nil {
		w.t.Fatal(err)
	}
}

// ends waits until the program ends, and checks that the terminal is restored.
func (w *watching) ends(status int) {
	w.t.Helper()
	select {
	case <-w.ended:
	case <-time.After(time.Minute):
		w.signal(syscall.SIGQUIT) // the runtime prints all goroutines
		<-w.ended
		w.t.Fatalf("it still runs: %s", w.errs.String())
	}
	if got := w.cmd.ProcessState.ExitCode(); got != status {
		w.t.Errorf("status %d: %s", got, w.errs.String())
	}
	w.restored()
}

// restored checks that the terminal is as before.
func (w *watching) restored() {
	w.t.Helper()
	if after := w.termios(w.t); after != w.before {
		w.t.Errorf("the terminal was\n%+v and is\n%+v", w.before, after)
	}
	time.Sleep(50 * time.Millisecond) // for output that is still in the terminal
	out := w.out.String()
	for _, pair := range [][2]string{{"\x1b[?1049h", "\x1b[?1049l"}, {"\x1b[?25l", "\x1b[?25h"}} {
		on := bytes.LastIndex([]byte(out), []byte(pair[0]))
		off := bytes.LastIndex([]byte(out), []byte(pair[1]))
		if on < 0 || off < on {
			w.t.Errorf("%q is not followed by %q", pair[0], pair[1])
		}
	}
}

// TestTopLeavesTheTerminal ends the program by a key or a signal. The program restores the terminal
// and prints the counts.
func TestTopLeavesTheTerminal(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(w *watching){
		"q":       func(w *watching) { w.press("q") },
		"ctrl-C":  func(w *watching) { w.press("\x03") },
		"SIGTERM": func(w *watching) { w.signal(syscall.SIGTERM) },
		"SIGINT":  func(w *watching) { w.signal(syscall.SIGINT) },
		"SIGHUP":  func(w *watching) { w.signal(syscall.SIGHUP) },
	} {
		t.Run(name, func(t *testing.T) {
			w := watchTop(t, "--demo", "services", "--sandbox", strictest(t))
			w.wait(&w.out, `443/tcp`)
			w.press("2")
			w.wait(&w.out, `CLIENT`)
			end(w)
			w.ends(0)
			matches(t, "the end", w.errs.String(), `232 packets, 13 flows`)
		})
	}
}

func (w *watching) signal(s os.Signal) {
	w.t.Helper()
	if err := w.cmd.Process.Signal(s); err != nil {
		w.t.Fatal(err)
	}
}

// TestTopKilled kills the program, which then cannot restore the terminal. Its guard does. The
// terminal is not the controlling one: the end of its session would hang it up.
func TestTopKilled(t *testing.T) {
	t.Parallel()
	w := watchTopAs(t, &syscall.SysProcAttr{Setsid: true}, "--demo", "services", "--sandbox",
		strictest(t))
	w.wait(&w.out, `443/tcp`)
	w.signal(syscall.SIGKILL)
	w.wait(&w.out, `\x1b\[\?1049l\x1b\[\?25h`)
	w.ends(-1)
}

// TestTopWithoutGuard checks the message for a guard that cannot begin. The guard itself prints the
// reason.
func TestTopWithoutGuard(t *testing.T) {
	requireRoot(t) // others get an error for -Z before that
	w := watchTop(t, "--demo", "services", "-Z", "no-such-user")
	<-w.ended
	matches(t, "without a guard", w.errs.String(),
		`^portsniff-screen: -Z no-such-user: .*\n`+
			`portsniff: the guard of the terminal: exit status 1\n`)
}

// TestTopTerminalGone checks that closing the terminal ends the program, with or without SIGHUP.
func TestTopTerminalGone(t *testing.T) {
	t.Parallel()
	for name, attr := range map[string]*syscall.SysProcAttr{
		"controlling": {Setsid: true, Setctty: true}, "other": {Setsid: true},
	} {
		t.Run(name, func(t *testing.T) {
			screen, tty := terminalOf(t, 30, 100)
			p := &program{t: t, cmd: exec.Command("portsniff", "top", "--demo", "http"),
				ended: make(chan error, 1)}
			p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = tty, tty, &p.errs
			p.cmd.SysProcAttr = attr
			p.run()
			tty.Close()
			for b := make([]byte, 1<<16); !strings.Contains(p.out.String(), "80/tcp"); {
				n, err := screen.Read(b)
				if err != nil {
					t.Fatal(err)
				}
				p.out.Write(b[:n])
			}
			screen.Close() // no reader is open, so it closes at once
			select {
			case <-p.ended:
			case <-time.After(time.Minute):
				t.Fatal("it goes on")
			}
		})
	}
}

// TestTopPrivate checks that no screen of --private shows a real address. All packets of the sample
// are between 192.0.2.10 and 198.51.100.7.
func TestTopPrivate(t *testing.T) {
	w := watchTop(t, "--private", "--demo", "services")
	w.wait(&w.out, `private: services(?s:.*)443/tcp`)
	for _, step := range [][2]string{{"2", `CLIENT`}, {"3", `HOST`}, {"5", `PACKET`},
		{"\r", `Left/Right field`}, {"q", ``}} {
		w.press(step[0])
		w.wait(&w.out, step[1])
	}
	w.ends(0)
	for _, network := range []string{"192.0.2.", "198.51.100."} {
		if strings.Contains(w.out.String(), network) {
			t.Errorf("the screen shows %s", network)
		}
	}
}

// TestTopUnreadable checks that a file that cannot be read is an error before the screen begins.
func TestTopUnreadable(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"empty.pcap": "", "text.pcap": "no capture at all"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{"missing.pcap": `no such file`,
		"empty.pcap": `the file is empty`, "text.pcap": `not a pcap or pcapng capture`} {
		w := watchTop(t, "-r", name)
		select {
		case <-w.ended:
		case <-time.After(time.Minute):
			w.press("q")
			<-w.ended
			t.Errorf("%s: it goes on", name)
		}
		if got := w.cmd.ProcessState.ExitCode(); got != 1 {
			t.Errorf("%s: status %d", name, got)
		}
		matches(t, name, w.errs.String(), `^portsniff: `+name+`: `+want)
		if out := w.out.String(); strings.Contains(out, "\x1b[?1049h") {
			t.Errorf("%s: the screen begins: %q", name, out)
		}
	}
}

// TestTopStopped stops the program without notice and lets it go on, several times. Each time it
// draws the whole screen again.
func TestTopStopped(t *testing.T) {
	w := watchTop(t, "--demo", "services")
	w.wait(&w.out, `443/tcp`)
	for times := 2; times <= 8; times++ {
		w.signal(syscall.SIGSTOP)
		w.signal(syscall.SIGCONT)
		w.wait(&w.out, fmt.Sprintf(`(?s)(\?1049h.*?443/tcp.*?){%d}`, times))
	}
	w.press("q")
	w.ends(0)
}

// TestTopResizeStorm checks that a terminal that changes its size many times is drawn in its last
// size.
func TestTopResizeStorm(t *testing.T) {
	w := watchTop(t, "--demo", "services")
	w.wait(&w.out, `443/tcp`)
	for i := range uint16(100) {
		size := unix.Winsize{Row: 5 + i%50, Col: 10 + (i*37)%200}
		if err := unix.IoctlSetWinsize(int(w.screen.Fd()), unix.TIOCSWINSZ, &size); err != nil {
			t.Fatal(err)
		}
		w.signal(syscall.SIGWINCH)
	}
	size := unix.Winsize{Row: 24, Col: 80}
	if err := unix.IoctlSetWinsize(int(w.screen.Fd()), unix.TIOCSWINSZ, &size); err != nil {
		t.Fatal(err)
	}
	w.signal(syscall.SIGWINCH)
	w.press("?")
	w.wait(&w.out, `Any key closes this help`)
	w.press("xq")
	w.ends(0)
}

// TestTopLive checks that the screen follows live traffic inside the sandbox, without root.
func TestTopLive(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		w := watchTop(t, "-i", "v1", "--sandbox", strictest(t))
		w.wait(&w.out, `LIVE`)
		for i := range uint16(5) {
			s.Send(udpFrame(40000+i, 53, "one"))
		}
		w.wait(&w.out, `53/udp`)
		w.press("\r")
		w.wait(&w.out, `192\.0\.2\.1:4000`)
		w.press("q")
		w.ends(0)
		matches(t, "the end", w.errs.String(), `5 packets captured`, `0 packets dropped by kernel`)
		if bytes.Contains([]byte(w.errs.String()), []byte("\x1b")) {
			t.Errorf("standard error has a control sequence: %q", w.errs.String())
		}
	})
}

// TestTopSaves checks that the key w saves a file in the working directory, with a helper if there
// is a sandbox.
func TestTopSaves(t *testing.T) {
	t.Chdir(t.TempDir())
	w := watchTop(t, "--demo", "services", "--sandbox", strictest(t))
	w.wait(&w.out, `443/tcp`)
	w.press("wp")
	w.wait(&w.out, `saved: portsniff-`)
	w.press("q")
	w.ends(0)
	files, err := filepath.Glob("*")
	if err != nil || len(files) != 1 || !strings.HasSuffix(files[0], ".pcapng") {
		t.Fatalf("%v: %v", err, files)
	}
	out, err := exec.Command("portsniff", "-r", files[0], "-q").Output()
	if err != nil || !strings.Contains(string(out), "22/tcp") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestTopFromPipe checks that packets from a pipe are shown as they arrive, while keys come from
// the terminal.
func TestTopFromPipe(t *testing.T) {
	t.Parallel()
	w := watchPipe(t)
	w.press("q") // the pipe is still open
	w.ends(0)
	if !regexp.MustCompile(`\d+ packets, \d+ flow`).MatchString(w.errs.String()) {
		t.Errorf("the end: %s", w.errs.String())
	}
}

// TestTopStoppedAndEnded ends a stopped program with SIGTERM and SIGCONT, as shells do. It restores
// the terminal itself and leaves nothing to its guard. It still waits for the pipe after its screen
// has ended, and must not show it again.
func TestTopStoppedAndEnded(t *testing.T) {
	w := watchPipe(t)
	w.signal(syscall.SIGSTOP)
	w.signal(syscall.SIGTERM)
	w.signal(syscall.SIGCONT)
	w.ends(0)
	guards := ansi.ResetModeMouseButtonEvent + ansi.ResetModeMouseAnyEvent
	if out := w.out.String(); strings.Contains(out, guards) {
		t.Errorf("the guard restored the terminal: %q", out[strings.Index(out, guards):])
	}
}

// watchPipe shows the packets of a sample from a pipe that stays open. Keys come from the terminal.
func watchPipe(t *testing.T) *watching {
	t.Helper()
	screen, tty := terminalOf(t, 30, 100)
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { writer.Close() })
	w := &watching{screen: screen, tty: tty}
	w.before = w.termios(t)
	w.program = &program{t: t, cmd: exec.Command("portsniff", "top", "-r", "-"),
		ended: make(chan error, 1)}
	// Descriptor 1 of the child is its controlling terminal.
	w.cmd.Stdin, w.cmd.Stdout, w.cmd.Stderr = reader, tty, &w.errs
	w.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 1}
	w.run()
	w.filled = w.out.fill(screen)
	reader.Close()
	sample, err := os.ReadFile("../../pcaps/http.pcap")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := writer.Write(sample); err != nil {
		t.Fatal(err)
	}
	w.wait(&w.out, `80/tcp`)
	return w
}
