package sandbox_test

import (
	"os"
	"os/signal"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const (
	rw      = unix.PROT_READ | unix.PROT_WRITE
	code    = unix.PROT_READ | unix.PROT_EXEC
	forks   = int(unix.SIGCHLD)
	private = 128 // FUTEX_PRIVATE_FLAG

	// From asm-generic/ioctls.h, asm-generic/sockios.h and asm-generic/mman-common.h.
	fioAsync, fioSetOwn, socketOwner, softOffline = 0x5452, 0x8901, 0x8902, 101
)

// probesOfEveryone contains allowed uses for any process in a sandbox, and forbidden ones for each
// of them. Forbidden uses work outside the sandbox.
var probesOfEveryone = []probe{
	{"all brk", "brk", true, calls("brk")},
	{"all mmap", "memory", true, calls("mmap", 0, 4096, rw, anonymous, -1)},
	{"all mmap", "new code", false, calls("mmap", 0, 4096, code, anonymous, -1)},
	{"all mmap", "memory becomes code", false,
		func(*env) error { return unix.Mprotect(page(), code) }},
	{"all madvise", "free", true,
		func(*env) error { return unix.Madvise(page(), unix.MADV_DONTNEED) }},
	{"all madvise", "poison", false, calls("madvise", 0, 0, unix.MADV_HWPOISON)},
	{"all madvise", "poison, high bit", false, calls("madvise", 0, 0, unix.MADV_HWPOISON|high)},
	{"all madvise", "offline", false, calls("madvise", 0, 0, softOffline)},
	{"all clone", "threads", true, func(*env) error { return newThreads() }},
	{"all clone", "fork", false, calls("clone", forks)},
	{"all clone", "sibling", false, calls("clone", unix.CLONE_PARENT|forks)},
	{"all clone", "pidfd", false, calls("clone", unix.CLONE_PIDFD|forks, 0, pointer)},
	{"all clone", "namespace", false, calls("clone", unix.CLONE_NEWUSER|forks)},
	{"all clone", "fork, its signal the number of mprotect", false, func(*env) error {
		signal.Ignore(unix.SIGUSR1)
		return call("clone", int(unix.SIGUSR1))
	}},
	{"all clone", "flags besides a thread's", false,
		calls("clone", unix.CLONE_THREAD|unix.CLONE_SIGHAND)},
	{"all exit", "yield", true, calls("sched_yield")},
	{"all tgkill", "itself", true,
		func(*env) error { return call("tgkill", os.Getpid(), unix.Gettid()) }},
	{"all tgkill", "parent", false,
		func(e *env) error { return call("tgkill", e.parent, e.parent) }},
	{"all tgkill", "parent, high bit", false,
		func(e *env) error { return call("tgkill", e.parent|high, e.parent) }},
	{"all futex", "wake", true, calls("futex", pointer, 1|private, 1)},
	{"all futex", "lend priority", false, calls("futex", pointer, 8)},
	{"all futex", "lend priority, private", false, calls("futex", pointer, 8|private)},
	{"all futex", "wake, high bit", false, calls("futex", pointer, 1|high)},
	{"all clock_gettime", "time", true, calls("clock_gettime", unix.CLOCK_MONOTONIC, pointer)},
	{"all clock_gettime", "parent's clock", false,
		func(e *env) error { return call("clock_gettime", ^e.parent<<3|2, pointer) }},
	{"all sched_getaffinity", "own", true, calls("sched_getaffinity", 0, 512, pointer)},
	{"all sched_getaffinity", "parent's", false,
		func(e *env) error { return call("sched_getaffinity", e.parent, 512, pointer) }},
	{"all getegid", "number", true, calls("getpid")},
	{"all wait4", "no child", true, calls("wait4", -1, 0, unix.WNOHANG)},
	{"all close", "size", true,
		func(e *env) error { return unix.Fstat(e.read, &unix.Stat_t{}) }},
	{"all close", "read", true, to(reader, "read", pointer, 1)},
	{"all write", "pipe", true, to(writer, "write", pointer, 1)},
	{"all fcntl", "flags", true, to(writer, "fcntl", unix.F_GETFL)},
	{"all fcntl", "does not block", true, to(writer, "fcntl", unix.F_SETFL, unix.O_NONBLOCK)},
	{"all fcntl", "signals", false, to(writer, "fcntl", unix.F_SETFL, unix.O_ASYNC)},
	{"all fcntl", "owner", false,
		func(e *env) error { return call("fcntl", e.write, unix.F_SETOWN, e.parent) }},
	{"all fcntl", "owner, high bit", false,
		func(e *env) error { return call("fcntl", e.write, unix.F_SETOWN|high, e.parent) }},
	{"all fcntl", "owner of more kinds", false, to(writer, "fcntl", unix.F_SETOWN_EX, pointer)},
	{"all fcntl", "who is the owner", false, to(writer, "fcntl", unix.F_GETOWN)},
	{"all fcntl", "which signal", false, to(writer, "fcntl", unix.F_SETSIG, int(unix.SIGKILL))},
	{"all fcntl", "changes of a folder", false, to(writer, "fcntl", unix.F_NOTIFY, 0)},
	{"all fcntl", "lease", false, to(writer, "fcntl", unix.F_SETLEASE, unix.F_WRLCK)},
	{"all fcntl", "lock", false, to(writer, "fcntl", unix.F_SETLK, pointer)},
	{"all fcntl", "copy", false, to(writer, "fcntl", unix.F_DUPFD)},
	{"all fcntl", "copy for itself", false, to(writer, "fcntl", unix.F_DUPFD_CLOEXEC)},
	{"all fcntl", "size of a pipe", false, to(writer, "fcntl", unix.F_SETPIPE_SZ, 4096)},
	{"all ioctl", "is a terminal", true, to(writer, "ioctl", unix.TCGETS, pointer)},
	{"all ioctl", "width", true, to(writer, "ioctl", unix.TIOCGWINSZ, pointer)},
	{"all ioctl", "typing", false, to(writer, "ioctl", unix.TIOCSTI, pointer)},
	{"all ioctl", "typing, high bit", false, to(writer, "ioctl", unix.TIOCSTI|high, pointer)},
	{"all ioctl", "signals", false, to(writer, "ioctl", fioAsync, pointer)},
	{"all ioctl", "owner", false, to(writer, "ioctl", fioSetOwn, pointer)},
	{"all ioctl", "owner of a socket", false, to(listener, "ioctl", socketOwner, pointer)},
	{"all ioctl", "foreground", false, to(writer, "ioctl", unix.TIOCSPGRP, pointer)},
	{"all ioctl", "own terminal", false, to(writer, "ioctl", unix.TIOCSCTTY)},
	{"all ioctl", "settings", false, to(writer, "ioctl", unix.TCSETSF, pointer)},
	{"all epoll_create1", "epoll", true, calls("epoll_create1")},
	{"all epoll_create1", "receive", true, to(listener, "recvfrom", pointer, 1)},
	{"all shutdown", "no more data", true, to(listener, "shutdown", unix.SHUT_WR)},
}

// makesSocket returns a function that creates a socket like Go does.
func makesSocket(family, kind, protocol int) func(*env) error {
	return calls("socket", family, kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, protocol)
}

// probesOfRoles contains the probes for some processes only.
var probesOfRoles = []probe{
	{"capture ioctl", "interface", true, to(packets, "ioctl", unix.SIOCGIFFLAGS, pointer)},
	{"capture ioctl", "interface down", false, to(packets, "ioctl", unix.SIOCSIFFLAGS, pointer)},
	{"capture setsockopt", "filter", true,
		to(packets, "setsockopt", unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, pointer, 16)},
	{"capture setsockopt", "no filter", false,
		to(packets, "setsockopt", unix.SOL_SOCKET, unix.SO_DETACH_FILTER, pointer, 4)},
	{"capture setsockopt", "promiscuous", false,
		to(packets, "setsockopt", unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, pointer, 16)},
	{"capture setsockopt", "ring to send from", false,
		to(packets, "setsockopt", unix.SOL_PACKET, unix.PACKET_TX_RING, pointer, 16)},
	{"capture getsockopt", "losses", true,
		to(packets, "getsockopt", unix.SOL_PACKET, unix.PACKET_STATISTICS, pointer, pointer+256)},
	{"capture write", "send a packet", false, to(packets, "write", pointer, 60)},
	{"capture write", "send a packet in pieces", false, to(packets, "writev", pointer, 1)},
	{"capture write", "send a packet, high bit", false,
		func(e *env) error { return call("write", e.packets|high, pointer, 60) }},
	{"serve accept", "no listener", true, to(listener, "accept4", 0, 0, 0)},
	{"serve accept", "address", true, to(listener, "getsockname", pointer, pointer+256)},
	{"serve setsockopt", "no delay", true,
		to(listener, "setsockopt", unix.IPPROTO_TCP, unix.TCP_NODELAY, pointer, 4)},
	{"serve setsockopt", "keepalive", true,
		to(listener, "setsockopt", unix.SOL_SOCKET, unix.SO_KEEPALIVE, pointer, 4)},
	{"serve setsockopt", "other protocol on top", false,
		to(listener, "setsockopt", unix.IPPROTO_TCP, unix.TCP_ULP, pointer, 4)},
	{"serve setsockopt", "share the port", false,
		to(listener, "setsockopt", unix.SOL_SOCKET, unix.SO_REUSEPORT, pointer, 4)},
	{"terminal ioctl", "keys one by one", true, to(listener, "ioctl", unix.TCSETS, pointer)},
	{"terminal ioctl", "type into it", false, to(listener, "ioctl", unix.TIOCSTI, pointer)},
	{"terminal pipe2", "pipe", true, calls("pipe2", pointer, 0)},
	{"names socket", "sock_diag", true,
		calls("socket", unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_SOCK_DIAG)},
	{"names socket", "events of devices", false,
		calls("socket", unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_KOBJECT_UEVENT)},
	{"names socket", "TCP", false, calls("socket", unix.AF_INET, unix.SOCK_STREAM)},
	{"names socket", "packets", false, calls("socket", unix.AF_PACKET, unix.SOCK_RAW)},
	{"names bind", "address", true, to(netlink, "getsockname", pointer, pointer+256)},
	{"names getdents64", "folder", true,
		func(*env) error { _, err := os.ReadDir("/proc/self/fd"); return err }},
	{"send socket", "TCP", true, makesSocket(unix.AF_INET, unix.SOCK_STREAM, 0)},
	{"send socket", "UDP over IPv6", true, makesSocket(unix.AF_INET6, unix.SOCK_DGRAM, 0)},
	{"send socket", "raw", false, makesSocket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP)},
	{"send socket", "another protocol", false,
		makesSocket(unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_UDPLITE)},
	{"send socket", "packets", false, makesSocket(unix.AF_PACKET, unix.SOCK_DGRAM, 0)},
	{"send socket", "of this machine", false, makesSocket(unix.AF_UNIX, unix.SOCK_STREAM, 0)},
	{"send connect", "address", true, to(listener, "getsockname", pointer, pointer+256)},
	{"send setsockopt", "keepalive", true,
		to(listener, "setsockopt", unix.SOL_SOCKET, unix.SO_KEEPALIVE, pointer, 4)},
	{"send setsockopt", "other protocol on top", false,
		to(listener, "setsockopt", unix.IPPROTO_TCP, unix.TCP_ULP, pointer, 4)},
	{"send getdents64", "folder", true,
		func(e *env) error { _, err := os.ReadDir(e.folder); return err }},
	{"read open", "file", true, opens("open", "kept", unix.O_RDONLY)},
	{"read open", "file to write", false, opens("open", "kept", unix.O_WRONLY)},
	{"read open", "file to read and write", false, opens("open", "kept", unix.O_RDWR)},
	{"read open", "file to cut", false, opens("open", "kept", unix.O_TRUNC)},
	{"read open", "new file", false, opens("open", "new", unix.O_CREAT)},
	{"read openat", "file", true, opens("openat", "kept", unix.O_RDONLY)},
	{"read openat", "file to write", false, opens("openat", "kept", unix.O_WRONLY)},
	{"read openat", "file to read and write", false, opens("openat", "kept", unix.O_RDWR)},
	{"read openat", "file to cut", false, opens("openat", "kept", unix.O_TRUNC)},
	{"read openat", "new file", false, opens("openat", "new", unix.O_CREAT)},
	{"read openat", "no name", false, opens("openat", ".", unix.O_RDWR|unix.O_TMPFILE)},
	{"files open", "new file", true, opens("openat", "new", unix.O_WRONLY|unix.O_CREAT)},
	{"files open", "new folder", true,
		func(e *env) error { return os.Mkdir(filepath.Join(e.folder, "below"), 0o700) }},
	{"files open", "rename", true, func(e *env) error {
		return os.Rename(filepath.Join(e.folder, "kept"), filepath.Join(e.folder, "newer"))
	}},
	{"files open", "remove", true,
		func(e *env) error { return os.Remove(filepath.Join(e.folder, "newer")) }},
}
