package sandbox

import (
	"os"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/sys/unix"
)

// always are the system calls that Go's runtime and work on open files and sockets take. Not every architecture has each of them.
func always() []string {
	return []string{
		// memory
		"brk", "madvise", "mincore", "mremap", "munmap",
		// threads, signals, time
		"clock_getres", "clock_gettime", "clock_nanosleep", "exit", "exit_group", "futex", "futex_time64", "getpid", "gettid", "nanosleep",
		"restart_syscall", "rseq", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait", "sched_getaffinity", "sched_yield",
		"set_robust_list", "set_tid_address", "sigaltstack", "sigreturn", "wait4", "waitid",
		// open files
		"close", "copy_file_range", "dup", "dup2", "dup3", "fadvise64", "fcntl", "fcntl64", "fdatasync", "fstat", "fstat64", "fsync", "ftruncate", "lseek",
		"_llseek", "pread64", "preadv", "pwrite64", "pwritev", "read", "readv", "sendfile", "splice", "write", "writev",
		// open sockets, and waiting
		"epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2", "epoll_wait", "eventfd2", "getsockname", "getsockopt", "pipe2", "poll", "ppoll",
		"recvfrom", "recvmmsg", "recvmsg", "setsockopt", "shutdown",
		// who am I
		"getegid", "geteuid", "getgid", "getppid", "getrandom", "getuid",
		// files by name
		"newfstatat", "fstatat64", "stat", "stat64", "statx",
	}
}

// forWriting are those that take folders for files to be made in.
func forWriting() []string {
	return []string{"mkdirat", "open", "openat", "rename", "renameat", "renameat2", "unlink", "unlinkat"}
}

// forProcesses are those that looking at processes and asking netlink take.
func forProcesses() []string {
	return []string{"bind", "getdents64", "readlink", "readlinkat", "sendmsg", "sendto"}
}

// absent are calls that are to look as though the kernel had none: C's threads do with an older call then.
func absent() []string { return []string{"clone3"} }

// cloneThread is CLONE_THREAD: a thread of this process, and not another process.
const cloneThread = 0x00010000

// seccomp refuses all other system calls, with EPERM.
func (r *Report) seccomp(p Policy) {
	const part = "seccomp: "
	info, err := arch.GetInfo("")
	if err != nil {
		r.Missing = append(r.Missing, part+err.Error())
		return
	}
	filter := seccomp.Filter{NoNewPrivs: true, Flag: seccomp.FilterFlagTSync, Policy: program(p, info)}
	if err := seccomp.LoadFilter(filter); err != nil {
		r.Missing = append(r.Missing, part+err.Error())
		return
	}
	r.Done = append(r.Done, "seccomp")
}

func program(p Policy, info *arch.Info) seccomp.Policy {
	names := always()
	if len(p.Write) > 0 {
		names = append(names, forWriting()...)
	}
	if p.Processes {
		names = append(names, forProcesses()...)
	}
	if p.Accept {
		names = append(names, "accept", "accept4")
	}
	return seccomp.Policy{DefaultAction: seccomp.ActionErrno, Syscalls: []seccomp.SyscallGroup{
		{Names: present(info, absent()), Action: seccomp.ActionErrno | seccomp.Action(unix.ENOSYS)},
		{Names: present(info, names), NamesWithCondtions: conditions(p, info), Action: seccomp.ActionAllow},
	}}
}

// conditions are the calls that are allowed with some arguments only.
func conditions(p Policy, info *arch.Info) (list []seccomp.NameWithConditions) {
	allow := func(name string, argument uint32, is seccomp.Operation, value uint64) {
		if len(present(info, []string{name})) > 0 {
			list = append(list, seccomp.NameWithConditions{Name: name,
				Conditions: seccomp.ArgumentConditions{{Argument: argument, Operation: is, Value: value}}})
		}
	}
	allow("clone", 0, seccomp.BitsSet, cloneThread)
	for _, name := range []string{"mmap", "mmap2", "mprotect"} {
		allow(name, 2, seccomp.BitsNotSet, unix.PROT_EXEC)
	}
	// What a terminal is like, and whether an interface is up: nothing that changes either.
	for _, request := range []uint64{unix.TCGETS, unix.TIOCGWINSZ, unix.SIOCGIFFLAGS, unix.SIOCGIFNAME, unix.SIOCGIFINDEX} {
		allow("ioctl", 1, seccomp.Equal, request)
	}
	if len(p.Write) == 0 {
		const writing = unix.O_WRONLY | unix.O_RDWR | unix.O_CREAT | unix.O_TRUNC
		allow("open", 1, seccomp.BitsNotSet, writing)
		allow("openat", 2, seccomp.BitsNotSet, writing)
	}
	allow("tgkill", 0, seccomp.Equal, uint64(os.Getpid())) // how Go's scheduler stops a thread of its own
	if p.Processes {
		allow("socket", 0, seccomp.Equal, unix.AF_NETLINK)
	}
	return list
}

// present are those of the calls that the architecture has.
func present(info *arch.Info, names []string) (found []string) {
	for _, name := range names {
		if _, ok := info.SyscallNames[name]; ok {
			found = append(found, name)
		}
	}
	return found
}
