package sandbox

import (
	"slices"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// A role is a part of the program that needs additional system calls.
type role string

// The roles, as SECURITY.md names them.
const (
	everyone role = "all"
	reading  role = "read"
	captures role = "capture"
	serving  role = "serve"
	names    role = "names"
	files    role = "files"
	sending  role = "send"
	screen   role = "terminal"
)

// A row is a group of system calls that are allowed for one reason. SECURITY.md contains all rows.
type row struct {
	calls []string // some may not exist on an architecture
	only  []arguments
	text  string // describes only
	role  role
	why   string
}

// arguments are tests that must all be true. Of several lists, one must be true.
type arguments []test

// A test compares 32 bits. The low half of argument n is word 2n, the high half is word 2n+1.
type test struct {
	word  uint32
	is    bpf.JumpTest
	value uint32
}

func equal(argument uint32, value uint64) arguments {
	return arguments{{2 * argument, bpf.JumpEqual, uint32(value)},
		{2*argument + 1, bpf.JumpEqual, uint32(value >> 32)}}
}

func below(argument uint32, limit uint32) arguments {
	return arguments{{2 * argument, bpf.JumpLessThan, limit}, {2*argument + 1, bpf.JumpEqual, 0}}
}

// without tests that none of these bits of the low half is set.
func without(argument uint32, bits uint32) arguments {
	return arguments{{2 * argument, bpf.JumpBitsNotSet, bits}}
}

// anyOf allows several values of one argument.
func anyOf(argument uint32, values ...uint64) (list []arguments) {
	for _, v := range values {
		list = append(list, equal(argument, v))
	}
	return list
}

// Flags of clone(2) for a thread: of Go (on amd64 with thread-local storage), glibc and musl.
const (
	goThread = unix.CLONE_VM | unix.CLONE_FS | unix.CLONE_FILES | unix.CLONE_SIGHAND |
		unix.CLONE_SYSVSEM | unix.CLONE_THREAD
	amd64Thread = goThread | unix.CLONE_SETTLS
	glibcThread = goThread | unix.CLONE_SETTLS | unix.CLONE_PARENT_SETTID |
		unix.CLONE_CHILD_CLEARTID
	muslThread = glibcThread | unix.CLONE_DETACHED
)

// futexCalls are the operations of futex(2) that Go and libc use, with their options: wait and
// wake, within a process or between processes. Operations with priority inheritance are excluded,
// because they affect other processes.
var futexCalls = []uint64{0, 1, 128, 129, 9, 9 | 128, 9 | 256, 9 | 128 | 256}

const (
	firstMachineAdvice = 100 // MADV_HWPOISON and MADV_SOFT_OFFLINE affect the machine's memory
	firstOtherClock    = 16  // lower clocks are the system's and our own; others identify a process
	openForWriting     = unix.O_WRONLY | unix.O_RDWR | unix.O_CREAT | unix.O_TRUNC
)

// table returns the calls that seccomp allows a process with this PID and these capturing sockets.
func table(pid int, sockets []int) []row {
	return slices.Concat(ownCalls(pid), fileCalls(sockets), callsOfRoles())
}

// ownCalls returns the calls that affect only this process.
func ownCalls(pid int) []row {
	return []row{{
		role:  everyone,
		calls: []string{"brk", "mremap", "munmap"},
		why:   "own memory",
	}, {
		role:  everyone,
		calls: []string{"mmap", "mmap2", "mprotect"},
		only:  []arguments{without(2, unix.PROT_EXEC)},
		text:  "without PROT_EXEC",
		why:   "own memory, no new code",
	}, {
		role:  everyone,
		calls: []string{"madvise"},
		only:  []arguments{below(2, firstMachineAdvice)},
		text:  "advice below 100",
		why:   "own memory; MADV_HWPOISON and MADV_SOFT_OFFLINE take memory from the machine",
	}, {
		role:  everyone,
		calls: []string{"clone"},
		only:  anyOf(0, goThread, amd64Thread, glibcThread, muslThread),
		text:  "exactly the flags of a Go, glibc or musl thread",
		why:   "threads, but no process and no namespace",
	}, {
		role: everyone,
		calls: []string{"exit", "exit_group", "restart_syscall", "rseq", "rt_sigaction",
			"rt_sigprocmask", "rt_sigreturn", "sched_yield", "set_robust_list", "set_tid_address",
			"sigaltstack", "sigreturn"},
		why: "own threads and signal handlers",
	}, {
		role:  everyone,
		calls: []string{"tgkill"},
		only:  anyOf(0, uint64(pid)),
		text:  "this process",
		why:   "Go's scheduler interrupts threads; no other process gets a signal",
	}, {
		role:  everyone,
		calls: []string{"futex", "futex_time64"},
		only:  anyOf(1, futexCalls...),
		text:  "FUTEX_WAIT, FUTEX_WAKE, FUTEX_WAIT_BITSET",
		why:   "locks; operations that lend priority act on other processes",
	}, {
		role: everyone,
		calls: []string{"clock_gettime", "clock_gettime64", "clock_nanosleep",
			"clock_nanosleep_time64"},
		only: []arguments{below(0, firstOtherClock)},
		text: "clocks below 16",
		why:  "time; higher numbers are clocks of other processes",
	}, {
		role:  everyone,
		calls: []string{"sched_getaffinity"},
		only:  anyOf(0, 0),
		text:  "this process",
		why:   "number of processors",
	}, {
		role: everyone,
		calls: []string{"getegid", "geteuid", "getgid", "getpid", "getrandom", "gettid", "getuid",
			"nanosleep"},
		why: "own numbers, random bytes, sleep",
	}, {
		role:  everyone,
		calls: []string{"wait4", "waitid"},
		why:   "end of a helper; only own children",
	}}
}

// fileCalls returns the calls that use open files.
func fileCalls(sockets []int) []row {
	return []row{{
		role: everyone,
		calls: []string{"close", "fstat", "fstat64", "fsync", "ftruncate", "lseek", "_llseek",
			"pread64", "pwrite64", "read", "readv"},
		why: "files that are open",
	}, {
		role:  everyone,
		calls: []string{"write", "writev"},
		only:  []arguments{notTo(sockets)},
		text:  "not to a socket that captures packets",
		why:   "files that are open; such a socket would send forged packets",
	}, {
		role:  everyone,
		calls: []string{"fcntl", "fcntl64"},
		only: append(anyOf(1, unix.F_GETFD, unix.F_SETFD, unix.F_GETFL),
			slices.Concat(equal(1, unix.F_SETFL), without(2, unix.O_ASYNC))),
		text: "F_GETFD, F_SETFD, F_GETFL, F_SETFL without O_ASYNC",
		why: "whether a file blocks; no owner and no signal (F_SETOWN, F_SETOWN_EX, F_SETSIG, " +
			"F_NOTIFY, F_SETLEASE), no second descriptor, no lock",
	}, {
		role:  everyone,
		calls: []string{"ioctl"},
		only:  anyOf(1, unix.TCGETS, unix.TIOCGWINSZ),
		text:  "TCGETS, TIOCGWINSZ",
		why: "width of a terminal; nothing types into it (TIOCSTI) or sends signals (FIOASYNC, " +
			"FIOSETOWN, SIOCSPGRP, TIOCSPGRP)",
	}, {
		role: everyone,
		calls: []string{"epoll_create1", "epoll_ctl", "epoll_pwait", "eventfd2", "poll", "ppoll",
			"recvfrom", "recvmsg"},
		why: "waits for files that are open, and reads from them",
	}, {
		role:  everyone,
		calls: []string{"shutdown"},
		why:   "the end of a connection that is open",
	}}
}

// callsOfRoles returns the calls for parts of the program.
func callsOfRoles() []row {
	stat := []string{"fstatat", "fstatat64", "newfstatat", "stat", "stat64", "statx"}
	return []row{{
		role:  reading,
		calls: []string{"open"},
		only:  []arguments{without(1, openForWriting)},
		text:  "without O_WRONLY, O_RDWR, O_CREAT, O_TRUNC",
		why:   "next input; Landlock decides which files",
	}, {
		role:  reading,
		calls: []string{"openat"},
		only:  []arguments{without(2, openForWriting)},
		text:  "without O_WRONLY, O_RDWR, O_CREAT, O_TRUNC",
		why:   "next input; Landlock decides which files",
	}, {
		role:  captures,
		calls: []string{"ioctl"},
		only:  anyOf(1, unix.SIOCGIFFLAGS, unix.SIOCGIFNAME),
		text:  "SIOCGIFFLAGS, SIOCGIFNAME",
		why:   "whether the interface is up",
	}, {
		role:  captures,
		calls: []string{"setsockopt"},
		only: []arguments{slices.Concat(equal(1, unix.SOL_SOCKET),
			equal(2, unix.SO_ATTACH_FILTER))},
		text: "SO_ATTACH_FILTER",
		why:  "the end of a capture: a filter that takes no packet",
	}, {
		role:  captures,
		calls: []string{"getsockopt"},
		why:   "number of lost packets",
	}, {
		role:  serving,
		calls: []string{"accept", "accept4", "getsockname", "getsockopt"},
		why:   "browsers that connect to the socket that listens already",
	}, {
		role:  serving,
		calls: []string{"setsockopt"},
		only: []arguments{tcp(unix.TCP_NODELAY), tcp(unix.TCP_KEEPIDLE), tcp(unix.TCP_KEEPINTVL),
			tcp(unix.TCP_KEEPCNT),
			slices.Concat(equal(1, unix.SOL_SOCKET), equal(2, unix.SO_KEEPALIVE))},
		text: "SO_KEEPALIVE, TCP_NODELAY, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT",
		why:  "browsers that are gone",
	}, {
		role:  names,
		calls: []string{"socket"},
		only: []arguments{
			slices.Concat(equal(0, unix.AF_NETLINK), equal(2, unix.NETLINK_SOCK_DIAG)),
			slices.Concat(equal(0, unix.AF_NETLINK), equal(2, unix.NETLINK_ROUTE)),
		},
		text: "AF_NETLINK with NETLINK_SOCK_DIAG or NETLINK_ROUTE",
		why:  "list of sockets, names of interfaces",
	}, {
		role:  names,
		calls: []string{"bind", "getsockname", "getsockopt", "sendmsg", "sendto", "setsockopt"},
		why:   "the same; it has no other sockets",
	}, {
		role:  names,
		calls: append([]string{"getdents64", "readlink", "readlinkat"}, stat...),
		why:   "folders and links of /proc",
	}, {
		role: files,
		calls: append([]string{"open", "openat", "mkdirat", "readlink", "readlinkat", "rename",
			"renameat", "renameat2", "sendmsg", "unlink", "unlinkat"}, stat...),
		why: "output files and folders; Landlock decides in which folder; hands open files over",
	}, {
		role:  sending,
		calls: []string{"socket"},
		only:  slices.Concat(sockets(unix.AF_INET), sockets(unix.AF_INET6)),
		text:  "AF_INET or AF_INET6, for TCP or UDP",
		why:   "the server, and servers that know its address; Landlock decides which TCP ports",
	}, {
		role:  sending,
		calls: []string{"connect", "getpeername", "getsockname", "getsockopt"},
		why:   "the same",
	}, {
		role:  sending,
		calls: []string{"setsockopt"},
		only: []arguments{tcp(unix.TCP_NODELAY), tcp(unix.TCP_KEEPIDLE), tcp(unix.TCP_KEEPINTVL),
			tcp(unix.TCP_KEEPCNT),
			slices.Concat(equal(1, unix.SOL_SOCKET), equal(2, unix.SO_KEEPALIVE)),
			slices.Concat(equal(1, unix.SOL_SOCKET), equal(2, unix.SO_BROADCAST)),
			slices.Concat(equal(1, unix.IPPROTO_IPV6), equal(2, unix.IPV6_V6ONLY))},
		text: "SO_KEEPALIVE, SO_BROADCAST, IPV6_V6ONLY, TCP_NODELAY, TCP_KEEPIDLE, " +
			"TCP_KEEPINTVL, TCP_KEEPCNT",
		why: "a server that is gone; what Go sets for each socket",
	}, {
		role:  sending,
		calls: append([]string{"getdents64"}, stat...),
		why:   "new files of a folder",
	}, {
		role:  screen,
		calls: []string{"ioctl"},
		only:  anyOf(1, unix.TCSETS),
		text:  "TCSETS",
		why:   "keys one by one and without echo, and back again at the end",
	}, {
		role:  screen,
		calls: []string{"pipe2"},
		why:   "wakes the goroutine that waits for a key",
	}}
}

// sockets returns the arguments with which Go creates TCP and UDP sockets.
func sockets(family uint64) []arguments {
	const flags = unix.SOCK_NONBLOCK | unix.SOCK_CLOEXEC
	return []arguments{
		slices.Concat(equal(0, family), equal(1, unix.SOCK_STREAM|flags), equal(2, 0)),
		slices.Concat(equal(0, family), equal(1, unix.SOCK_DGRAM|flags), equal(2, 0)),
	}
}

func tcp(option uint64) arguments {
	return slices.Concat(equal(1, unix.IPPROTO_TCP), equal(2, option))
}

// notTo excludes the sockets as first argument. The kernel ignores the argument's high half.
func notTo(sockets []int) (tests arguments) {
	for _, fd := range sockets {
		tests = append(tests, test{0, bpf.JumpNotEqual, uint32(fd)})
	}
	return tests
}
