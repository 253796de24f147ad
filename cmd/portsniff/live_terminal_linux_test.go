package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/portsniff/portsniff/internal/testkit"
)

// terminalOf opens a pseudo-terminal with the given rows and columns, and returns its two ends.
func terminalOf(t *testing.T, rows, columns int) (screen, tty *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { screen.Close() })
	fd := int(screen.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ,
			&unix.Winsize{Row: uint16(rows), Col: uint16(columns)})
	}
	if err == nil {
		tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	return screen, tty
}

// screenful returns what a terminal without colors shows after written, including the rows that
// scrolled off. It supports only the control sequences of the table.
func screenful(written string, columns int) []string {
	lines := []string{""}
	for written != "" {
		if m := regexp.MustCompile(`^\x1b\[(\d+)F\x1b\[J`).FindStringSubmatch(written); m != nil {
			var up int
			fmt.Sscan(m[1], &up)
			lines = append(lines[:max(len(lines)-1-up, 0)], "")
			written = written[len(m[0]):]
			continue
		}
		if m := regexp.MustCompile(`^\x1b\[[0-9;]*m`).FindString(written); m != "" {
			written = written[len(m):]
			continue
		}
		switch c := written[0]; c {
		case '\n':
			lines = append(lines, "")
		case '\r':
		default:
			if len(lines[len(lines)-1]) == columns {
				lines = append(lines, "")
			}
			lines[len(lines)-1] += string(c)
		}
		written = written[1:]
	}
	return lines
}

// TestLiveTableInPlace checks that a terminal shows one table at a time, never taller than the
// terminal. The last table must be complete.
func TestLiveTableInPlace(t *testing.T) {
	t.Parallel()
	t.Run("wide", func(t *testing.T) { liveTableInPlace(t, 80) })
	t.Run("narrower than a row", func(t *testing.T) { liveTableInPlace(t, 30) })
}

func liveTableInPlace(t *testing.T, columns int) {
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		const rows = 12
		screen, tty := terminalOf(t, rows, columns)
		p := &program{t: t, cmd: exec.Command("portsniff", "flows", "-i", "v1", "--interval",
			"30ms"), ended: make(chan error, 1)}
		p.cmd.Stdout, p.cmd.Stderr = tty, &p.errs
		p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		p.start()
		tty.Close()
		filled := p.out.fill(screen)
		for i := range uint16(20) {
			s.Send(udpFrame(40000+i, 53, "one"))
		}
		p.wait(&p.out, `(?s)more lines.*(\x1b\[\d+F\x1b\[J.*){4}`)
		during := p.out.String()
		during = during[:strings.LastIndex(during, "\x1b[J")]
		during = during[:strings.LastIndex(during, "\x1b[")] // a complete table
		tables := strings.Count(during, "\x1b[J")
		shown := screenful(during, columns)
		if heads := strings.Count(strings.Join(shown, "\n"), "client"); tables < 3 || heads != 1 ||
			len(shown) > rows {
			t.Errorf("%d tables, %d of them seen:\n%s", tables, heads, strings.Join(shown, "\n"))
		}
		matches(t, "the screen", strings.Join(shown, "\n"), `\.\.\. \d+ more lines`)
		p.interrupt()
		<-filled
		end := strings.Join(screenful(p.out.String(), columns), "\n")
		if n := strings.Count(end, "192.0.2.1:400"); n != 20 || strings.Count(end, "client") != 1 {
			t.Errorf("%d flows at the end:\n%s", n, end)
		}
	})
}

// TestStoredBesideLiveTable checks that a notice at the end is below the place of the live table.
// The last table then replaces the live one and not the notice.
func TestStoredBesideLiveTable(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		screen, tty := terminalOf(t, 24, 80)
		p := &program{t: t, cmd: exec.Command("portsniff", "ports", "-i", "v1", "--interval",
			"30ms", "--store", t.TempDir()), ended: make(chan error, 1)}
		p.cmd.Stdout, p.cmd.Stderr = tty, tty
		p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		p.run()
		tty.Close()
		filled := p.out.fill(screen)
		p.wait(&p.out, "listening on ")
		s.Send(udpFrame(40000, 53, "one"))
		p.wait(&p.out, `(?s)domain.*\x1b\[\d+F\x1b\[J.*domain`)
		p.interrupt()
		<-filled
		end := strings.Join(screenful(p.out.String(), 80), "\n")
		if strings.Count(end, "port/proto") != 1 || strings.Count(end, "domain") != 1 {
			t.Errorf("a part of the live table is left:\n%s", end)
		}
		matches(t, "the screen", end, `(?m)^portsniff: 1 input stored: 1 packets?$`)
	})
}

// TestLiveLinesOnTerminal checks that lines appear one by one on a terminal.
func TestLiveLinesOnTerminal(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		screen, tty := terminalOf(t, 40, 80)
		p := &program{t: t, cmd: exec.Command("portsniff", "-i", "v1", "--color", "never"),
			ended: make(chan error, 1)}
		p.cmd.Stdout, p.cmd.Stderr = tty, &p.errs
		p.start()
		tty.Close()
		p.out.fill(screen)
		s.Send(udpFrame(40000, 53, "one"))
		p.wait(&p.out, "40000")
		p.interrupt()
	})
}

// fill copies from the terminal until the program ends.
func (o *text) fill(screen *os.File) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 4096)
		for {
			n, err := screen.Read(b)
			o.Write(b[:n])
			if err != nil {
				return // EIO: the other end is closed
			}
		}
	}()
	return done
}
