package outfile

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/portsniff/portsniff/internal/sandbox"
)

// helperName is the name of the helper process, also in the process list.
const helperName = "portsniff-files"

// HelperMain runs the helper if StartHelper started this process. It then creates files until its
// caller ends, and returns the exit status; otherwise ran is false. Call it first in main.
func HelperMain() (status int, ran bool) {
	if len(os.Args) == 0 || filepath.Base(os.Args[0]) != helperName {
		return 0, false
	}
	if err := serve(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err) // the caller reads this
		return 1, true
	}
	return 0, true
}

// StartHelper starts a process that creates the files of a plan: this program under another name.
// Call it before sandbox.Enter.
func StartHelper(p Plan) (*Helper, error) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, helperError(os.NewSyscallError("socketpair", err))
	}
	its := os.NewFile(uintptr(ends[1]), "socket")
	defer its.Close() // the helper has its own copy
	h := &Helper{plan: p, socket: ends[0]}
	h.cmd = &exec.Cmd{
		Path: "/proc/self/exe",
		Args: []string{helperName, string(p.Mode), p.User, p.Folder, p.Names.String(),
			strconv.FormatBool(p.Tree)},
		Stdin:  its,
		Stderr: &h.complaint,
		// Ctrl-C on the terminal does not reach it
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}
	if err := h.cmd.Start(); err != nil {
		return nil, errors.Join(helperError(err), unix.Close(ends[0]))
	}
	return h, nil
}

// A Helper creates files in a separate process. Only one file of Create may be uncommitted at a
// time, or any number with Plan.Tree. A Helper and its files are safe for concurrent use.
type Helper struct {
	plan      Plan
	mu        sync.Mutex
	socket    int // -1 if closed
	cmd       *exec.Cmd
	complaint bytes.Buffer // error output of the helper; read it after Wait
}

func helperError(err error) error { return fmt.Errorf("the helper that makes files: %w", err) }

// Create lets the helper create a file that gets its name when it is committed.
func (h *Helper) Create(name string) (*File, error) {
	file, made, err := h.ask(opCreate, name)
	if err != nil {
		return nil, err
	}
	if !made { // written in place
		return &File{Writer: file, file: file}, nil
	}
	end := func(keep bool) error {
		op := opDiscard
		if keep {
			op = opCommit
		}
		_, _, err := h.ask(op, name)
		return err
	}
	return &File{Writer: file, file: file, end: end}, nil
}

// Open lets the helper open a file for writing, without truncation. made is true if the file is
// new.
func (h *Helper) Open(name string) (f *os.File, made bool, err error) { return h.ask(opOpen, name) }

// Remove lets the helper remove an empty file.
func (h *Helper) Remove(name string) error {
	_, _, err := h.ask(opRemove, name)
	return err
}

// Delete lets the helper remove a file, with Plan.Tree. A missing file is not an error.
func (h *Helper) Delete(name string) error {
	_, _, err := h.ask(opDelete, name)
	return err
}

// Close ends the helper, which removes files that are not committed.
func (h *Helper) Close() error {
	if h.socket < 0 {
		return nil
	}
	err := unix.Close(h.socket)
	h.socket = -1
	if err = errors.Join(err, h.cmd.Wait()); err != nil && h.complaint.Len() > 0 {
		err = errors.New(strings.TrimSpace(h.complaint.String()))
	}
	if err != nil {
		return helperError(err)
	}
	return nil
}

// ask sends a request and waits for the answer.
func (h *Helper) ask(op operation, name string) (f *os.File, made bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	below, err := filepath.Rel(h.plan.Folder, name)
	if err != nil {
		return nil, false, err
	}
	if _, err = unix.Write(h.socket, append([]byte{byte(op)}, below...)); err != nil {
		return nil, false, h.ended(err)
	}
	var data [maxAnswer]byte
	control := make([]byte, unix.CmsgSpace(4))
	n, m, _, _, err := unix.Recvmsg(h.socket, data[:], control, unix.MSG_CMSG_CLOEXEC)
	if err != nil || n == 0 {
		return nil, false, h.ended(cmp.Or(err, io.ErrUnexpectedEOF))
	}
	a, err := readAnswer(data[:n])
	switch {
	case err != nil:
		return nil, false, helperError(err)
	case a.errno != 0:
		return nil, false, &fs.PathError{Op: a.op, Path: name, Err: a.errno}
	case m == 0:
		return nil, a.made, nil
	}
	fd, err := descriptor(control[:m])
	if err != nil {
		return nil, false, helperError(err)
	}
	return os.NewFile(uintptr(fd), name), a.made, nil
}

// ended returns why there is no answer: the message of the helper, or else why.
func (h *Helper) ended(why error) error { return cmp.Or(h.Close(), helperError(why)) }

// descriptor returns the file descriptor attached to an answer.
func descriptor(control []byte) (int, error) {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return 0, err
	}
	if len(messages) != 1 {
		return 0, fmt.Errorf("%d descriptors", len(messages))
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return 0, fmt.Errorf("%d descriptors: %w", len(fds), err)
	}
	return fds[0], nil
}

// A server is the helper's side of the connection.
type server struct {
	folder string
	names  *regexp.Regexp
	tree   bool
	ends   map[string]func(keep bool) error // for files that are not committed
}

// serve drops unneeded privileges, and creates files until the caller closes the socket.
func serve(args []string) error {
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	if len(args) != 5 {
		return errors.New("it is started by portsniff itself")
	}
	mode, err := sandbox.ParseMode(args[0])
	if err != nil {
		return err
	}
	s := server{folder: args[2], tree: args[4] == "true", ends: map[string]func(bool) error{}}
	if s.names, err = regexp.Compile(args[3]); err != nil {
		return err
	}
	policy := sandbox.Policy{Mode: mode, Drop: args[1] != "", User: args[1],
		Write: []string{s.folder}}
	if !policy.Drop {
		policy.Keep = []sandbox.Capability{sandbox.DACOverride}
	}
	if _, err := sandbox.Enter(policy); err != nil {
		return err
	}
	request := make([]byte, 1+unix.PathMax)
	for {
		n, err := unix.Read(unix.Stdin, request)
		if err == nil && n > 0 {
			err = s.answer(operation(request[0]), string(request[1:n]))
		}
		if err != nil || n == 0 {
			return errors.Join(err, s.discard())
		}
	}
}

// answer handles a request and sends the result.
func (s *server) answer(op operation, name string) error {
	f, made, err := s.do(op, name)
	a := answer{made: made}
	if err != nil {
		a = failure(err)
	}
	if f == nil {
		return unix.Sendmsg(unix.Stdin, a.bytes(), nil, nil, 0)
	}
	defer f.Close() // the other process has its own copy
	return unix.Sendmsg(unix.Stdin, a.bytes(), unix.UnixRights(int(f.Fd())), nil, 0)
}

func (s *server) do(op operation, name string) (f *os.File, made bool, err error) {
	path := filepath.Join(s.folder, name)
	named := op == opOpen || op == opRemove || op == opDelete && s.tree ||
		op == opCreate && (len(s.ends) == 0 || s.tree && s.ends[name] == nil)
	switch {
	case op == opCommit || op == opDiscard:
		return nil, false, s.finish(name, op == opCommit)
	case !named || !s.names.MatchString(name) || !filepath.IsLocal(name):
		return nil, false, &fs.PathError{Op: "open", Path: path, Err: unix.EPERM}
	case op == opOpen:
		return openFile(path)
	case op == opRemove:
		return nil, false, removeEmpty(path)
	case op == opDelete:
		return nil, false, Local{}.Delete(path)
	}
	file, err := Local{Tree: s.tree}.Create(path)
	if err != nil {
		return nil, false, err
	}
	if file.end != nil {
		s.ends[name] = file.end
	}
	return file.file, file.end != nil, nil
}

// openFile opens a file for writing, and creates it if it is missing.
func openFile(name string) (f *os.File, made bool, err error) {
	f, err = os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, permissions) // follows no links
	if err == nil {
		return f, true, nil
	}
	f, err = os.OpenFile(name, os.O_CREATE|os.O_WRONLY, permissions)
	return f, false, err
}

// removeEmpty removes an empty file, and no other.
func removeEmpty(name string) error {
	info, err := os.Lstat(name)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Size() > 0 {
		return &fs.PathError{Op: "remove", Path: name, Err: unix.ENOTEMPTY}
	}
	return os.Remove(name)
}

// finish commits or discards a file.
func (s *server) finish(name string, keep bool) error {
	end := s.ends[name]
	if end == nil {
		return nil
	}
	delete(s.ends, name)
	return end(keep)
}

// discard removes all files that are not committed.
func (s *server) discard() (err error) {
	for _, end := range s.ends {
		err = errors.Join(err, end(false))
	}
	return err
}
