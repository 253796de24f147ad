package sockets

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/portsniff/portsniff/internal/sandbox"
	"github.com/portsniff/portsniff/internal/textutil"
)

// helperName is the name of the helper process, also in the list of processes.
const helperName = "portsniff-owner"

// HelperMain must be called first in main. If StartHelper started this process, it answers requests
// until its caller ends, and returns the exit status. Otherwise ran is false.
func HelperMain() (status int, ran bool) {
	if len(os.Args) == 0 || filepath.Base(os.Args[0]) != helperName {
		return 0, false
	}
	if err := serve(os.Stdin, os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %s\n", helperName, textutil.Escape(err.Error()))
		return 1, true
	}
	return 0, true
}

// serve drops unneeded privileges and answers requests. It first sends one byte when it is ready.
func serve(questions io.Reader, answers io.Writer, args []string) error {
	// the helper ends when the caller closes the pipe, not by these signals
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	if len(args) != 2 {
		return errors.New("it is started by portsniff itself")
	}
	taker := newTaker()
	if _, err := taker.take(); err != nil { // opens everything that is opened on first use
		return err
	}
	mode, err := sandbox.ParseMode(args[0])
	if err != nil {
		return err
	}
	policy := sandbox.Policy{Mode: mode, Drop: true, User: args[1],
		Keep: []sandbox.Capability{sandbox.DACReadSearch, sandbox.SysPtrace}, Processes: true}
	if _, err := sandbox.Enter(policy); err != nil {
		return err
	}
	if _, err := answers.Write([]byte{1}); err != nil {
		return err
	}
	look := local{taker}
	for {
		flows, err := readQuestion(questions)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		owners, err := look.resolve(flows)
		if err != nil {
			return err
		}
		if err := writeAnswer(answers, owners); err != nil {
			return err
		}
	}
}

// StartHelper returns a Watch that looks up owners in a helper process: this program under another
// name. The helper keeps the capabilities for finding processes that this process drops, if it has
// them: CAP_DAC_READ_SEARCH and CAP_SYS_PTRACE. user is as in sandbox.Policy. Call StartHelper
// before sandbox.Enter.
func StartHelper(mode sandbox.Mode, user string) (*Watch, error) {
	h := &helper{cmd: &exec.Cmd{Path: "/proc/self/exe",
		Args: []string{helperName, string(mode), user}, Stderr: os.Stderr,
		// so that the terminal's interrupt does not reach it
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true}}}
	var err error
	if h.in, err = h.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if h.out, err = h.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := h.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the helper for process names: %w", err)
	}
	if _, err := io.ReadFull(h.out, make([]byte, 1)); err != nil {
		return nil, fmt.Errorf("starting the helper for process names: %w", also(err, h.close()))
	}
	return watch(h), nil
}

// A helper is a resolver that sends requests to the helper process.
type helper struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out io.ReadCloser
}

func (h *helper) resolve(flows []Flow) ([]Owner, error) {
	if err := writeQuestion(h.in, flows); err != nil {
		return nil, fmt.Errorf("asking for process names: %w", err)
	}
	owners, err := readAnswer(h.out, len(flows))
	if err != nil {
		return nil, fmt.Errorf("asking for process names: %w", err)
	}
	return owners, nil
}

// close ends the helper by closing its input.
func (h *helper) close() error {
	err := h.in.Close()
	return also(err, h.cmd.Wait())
}

// also joins two errors in one line. Either may be nil.
func also(err, second error) error {
	switch {
	case second == nil:
		return err
	case err == nil:
		return second
	}
	return fmt.Errorf("%w; %w", err, second)
}

// PID returns the PID of the helper, or 0 if this process looks up owners itself.
func (w *Watch) PID() int {
	if h, ok := w.resolver.(*helper); ok {
		return h.cmd.Process.Pid
	}
	return 0
}
