package watch

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/sys/unix"

	"github.com/portsniff/portsniff/internal/sandbox"
	"github.com/portsniff/portsniff/internal/textutil"
)

// guardName is the name of the guard process, also in the process list.
const guardName = "portsniff-screen"

// The bytes that a guard reads: the screen is shown, or the terminal is restored.
const (
	screenShown = 1
	screenEnded = 0
)

// A guard is a process that restores the terminal if this process is killed while it shows the
// screen. A nil guard does nothing.
type guard struct {
	cmd  *exec.Cmd
	pipe io.WriteCloser
}

// Guard starts a process that restores the terminal if this one is killed: this program under
// another name, in a sandbox. user is as in sandbox.Policy. Call it before sandbox.Enter.
func (c *Screen) Guard(mode sandbox.Mode, user string) error {
	g := &guard{cmd: &exec.Cmd{Path: "/proc/self/exe",
		Args:       []string{guardName, string(mode), user},
		ExtraFiles: []*os.File{c.out}, Stderr: os.Stderr,
		// so that the terminal's keys do not reach it
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true}}}
	in, inErr := g.cmd.StdinPipe()
	ready, outErr := g.cmd.StdoutPipe()
	if err := errors.Join(inErr, outErr, g.cmd.Start()); err != nil {
		return fmt.Errorf("starting the guard of the terminal: %w", err)
	}
	g.pipe = in
	if _, err := io.ReadFull(ready, make([]byte, 1)); err != nil {
		return cmp.Or(g.close(), fmt.Errorf("the guard of the terminal: %w", err))
	}
	c.guard = g
	return nil
}

// shows reports to the guard whether the screen is shown.
func (g *guard) shows(shown bool) {
	if g == nil {
		return
	}
	b := []byte{screenEnded}
	if shown {
		b[0] = screenShown
	}
	_, _ = g.pipe.Write(b) // without a guard, the screen is still of use
}

// close ends the guard.
func (g *guard) close() error {
	if g == nil {
		return nil
	}
	if err := errors.Join(g.pipe.Close(), g.cmd.Wait()); err != nil {
		return fmt.Errorf("the guard of the terminal: %w", err)
	}
	return nil
}

// HelperMain must be called first in main. If Guard started this process, it waits for the end of
// its caller and returns the exit status. Otherwise ran is false.
func HelperMain() (status int, ran bool) {
	if len(os.Args) == 0 || filepath.Base(os.Args[0]) != guardName {
		return 0, false
	}
	terminal := os.NewFile(3, "terminal")
	if err := guardTerminal(os.Stdin, os.Stdout, terminal, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %s\n", guardName, textutil.Escape(err.Error()))
		return 1, true
	}
	return 0, true
}

// guardTerminal writes one byte when it is ready, and waits until the caller closes the pipe. If
// the screen is shown then, the caller was killed, and the terminal gets its state back.
func guardTerminal(pipe io.Reader, ready io.Writer, terminal *os.File, args []string) error {
	// These signals must not end or stop it: it is in the background, and writes to the terminal.
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGTTOU, syscall.SIGUSR1)
	if len(args) != 2 {
		return errors.New("it is started by portsniff itself")
	}
	fd := int(terminal.Fd())
	before, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	mode, err := sandbox.ParseMode(args[0])
	if err != nil {
		return err
	}
	policy := sandbox.Policy{Mode: mode, Drop: true, User: args[1], Terminal: true}
	if _, err := sandbox.Enter(policy); err != nil {
		return err
	}
	if _, err := ready.Write([]byte{1}); err != nil {
		return err
	}
	state := []byte{screenEnded}
	for {
		if _, err := pipe.Read(state); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
	}
	if state[0] == screenShown {
		return restoreTerminal(terminal, before)
	}
	return nil
}

// restoreTerminal gives a terminal its state before the screen. It does not change the modes of the
// line if a shell has set its own already: only the screen's lack ISIG, the keys for signals.
func restoreTerminal(terminal *os.File, before *unix.Termios) error {
	now, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err == nil && now.Lflag&unix.ISIG == 0 {
		err = unix.IoctlSetTermios(int(terminal.Fd()), unix.TCSETS, before)
	}
	_, writeErr := terminal.WriteString(ansi.ResetModifyOtherKeys + ansi.PopKittyKeyboard(1) +
		ansi.ResetModeMouseButtonEvent + ansi.ResetModeMouseAnyEvent + ansi.ResetModeMouseExtSgr +
		ansi.ResetModeFocusEvent + ansi.ResetModeBracketedPaste +
		ansi.ResetModeSynchronizedOutput + ansi.ResetStyle + "\r" +
		ansi.ResetModeAltScreenSaveCursor + ansi.SetModeTextCursorEnable)
	return errors.Join(writeErr, err)
}
