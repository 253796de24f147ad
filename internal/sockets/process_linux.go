package sockets

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// holders maps the inodes of sockets to the processes that hold them.
type holders struct {
	by     map[uint64][]Process
	spaces map[uint64]int // a process in each of the other network namespaces
	unread int            // number of processes whose open files may not be read
	users  *users
}

// scan reads the open files of every process whose files may be read.
func scan(own uint64, users *users) (*holders, error) {
	h := &holders{by: map[uint64][]Process{}, spaces: map[uint64]int{}, users: users}
	proc, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	defer proc.Close() // read-only, so the error does not matter
	names, err := proc.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		h.process(pid, own)
	}
	return h, nil
}

// process reads one process. It uses a descriptor of the process's folder, which belongs to the
// process and not to its PID. If another process gets the PID, reading fails.
func (h *holders) process(pid int, own uint64) {
	dir, err := unix.Open("/proc/"+strconv.Itoa(pid), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC,
		0)
	if err != nil {
		return // the process has exited
	}
	defer unix.Close(dir)
	if id, err := namespaceOf(dir); err == nil && id != own {
		h.spaces[id] = pid
	}
	fds, err := unix.Openat(dir, "fd", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) {
		if !kernelThread(dir) {
			h.unread++
		}
		return
	}
	if err != nil {
		return // the process has exited
	}
	folder := os.NewFile(uintptr(fds), "fd")
	defer folder.Close()
	open, err := folder.Readdirnames(-1)
	if err != nil {
		return // the process exited meanwhile
	}
	held := map[string]uint64{}
	denied := false
	for _, fd := range open {
		inode, err := socketOf(fds, fd)
		denied = denied || errors.Is(err, unix.EACCES)
		if inode != 0 {
			held[fd] = inode
		}
	}
	if denied {
		h.unread++
	}
	if len(held) > 0 {
		h.add(pid, dir, fds, held)
	}
}

// add describes a process and then checks again that it holds the sockets. If the process executed
// another program in between, its sockets were closed and must not be attributed to that program.
func (h *holders) add(pid, dir, fds int, held map[string]uint64) {
	p, ok := describe(pid, dir)
	if !ok {
		return
	}
	p.User = h.users.name(p.UID)
	for fd, inode := range held {
		if now, _ := socketOf(fds, fd); now != inode { // after an error now is 0
			continue
		}
		if !slices.ContainsFunc(h.by[inode], func(q Process) bool { return q.PID == pid }) {
			h.by[inode] = append(h.by[inode], p)
		}
	}
}

// socketOf returns the inode of the socket of an open file, whose link is "socket:[123]". It
// returns 0 for other files.
func socketOf(fds int, name string) (uint64, error) {
	return linkNumber(fds, name, "socket:[")
}

// namespaceOf returns the inode of a process's network namespace.
func namespaceOf(dir int) (uint64, error) {
	return linkNumber(dir, "ns/net", "net:[")
}

func linkNumber(dir int, name, prefix string) (uint64, error) {
	var buf [64]byte
	n, err := unix.Readlinkat(dir, name, buf[:])
	if err != nil {
		return 0, err
	}
	digits, ok := strings.CutPrefix(string(buf[:n]), prefix)
	if !ok {
		return 0, nil
	}
	number, err := strconv.ParseUint(strings.TrimSuffix(digits, "]"), 10, 64)
	return number, err
}

// describe reads a process's name, executable and user.
func describe(pid, dir int) (Process, bool) {
	p := Process{PID: pid}
	comm, err := readAt(dir, "comm")
	if err != nil {
		return p, false
	}
	p.Name = string(bytes.TrimSuffix(comm, []byte("\n")))
	status, err := readAt(dir, "status")
	if err != nil {
		return p, false
	}
	uid, ok := effectiveUser(status)
	p.UID = uid
	var buf [4096]byte // PATH_MAX
	if n, err := unix.Readlinkat(dir, "exe", buf[:]); err == nil {
		p.Exe = string(buf[:n])
	}
	return p, ok
}

// flagKernelThread is PF_KTHREAD of the kernel's include/linux/sched.h, in the ninth field of
// /proc/PID/stat (proc_pid_stat(5)).
const flagKernelThread = 0x00200000

// kernelThread reports whether a process is a kernel thread, which has no open files.
func kernelThread(dir int) bool {
	stat, err := readAt(dir, "stat")
	if err != nil {
		return false
	}
	// The second field is the name in parentheses, which may contain spaces and parentheses.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 7 {
		return false
	}
	flags, err := strconv.ParseUint(string(fields[6]), 10, 64)
	return err == nil && flags&flagKernelThread != 0
}

// effectiveUser finds the second number of "Uid:" (real, effective, saved, file system) in
// /proc/PID/status.
func effectiveUser(status []byte) (uint32, bool) {
	for line := range bytes.Lines(status) {
		if rest, ok := bytes.CutPrefix(line, []byte("Uid:")); ok {
			if ids := bytes.Fields(rest); len(ids) == 4 {
				uid, err := strconv.ParseUint(string(ids[1]), 10, 32)
				return uint32(uid), err == nil
			}
		}
	}
	return 0, false
}

// readAt reads a small file of a process's folder.
func readAt(dir int, name string) ([]byte, error) {
	fd, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	buf := make([]byte, 8192) // status has about 1500 bytes
	n := 0
	for n < len(buf) {
		m, err := unix.Read(fd, buf[n:])
		if err != nil {
			return nil, err
		}
		if m == 0 {
			break
		}
		n += m
	}
	return buf[:n], nil
}
