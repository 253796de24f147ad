package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/portsniff/portsniff/internal/testkit"
)

// oldKernelEnv is the environment variable of a program that runs as if its kernel had no Landlock.
const oldKernelEnv = "PORTSNIFF_TEST_OLD_KERNEL"

func init() {
	if os.Getenv(oldKernelEnv) != "1" {
		return
	}
	if err := withoutLandlock(); err != nil {
		fmt.Fprintln(os.Stderr, "hiding Landlock:", err)
		os.Exit(99)
	}
}

// withoutLandlock makes Landlock's first system call fail as before Linux 5.13.
func withoutLandlock() error {
	raw, err := bpf.Assemble([]bpf.Instruction{
		bpf.LoadAbsolute{Off: 0, Size: 4}, // the number of the call: seccomp(2)
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.SYS_LANDLOCK_CREATE_RULESET, SkipFalse: 1},
		bpf.RetConstant{Val: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)},
		bpf.RetConstant{Val: unix.SECCOMP_RET_ALLOW},
	})
	if err != nil {
		return err
	}
	code := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		code[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	program := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return errno
	}
	return nil
}

// noLandlock is the notice, with the error of the kernel's call.
var noLandlock = "sandbox without Landlock: " + unix.ENOSYS.Error()

// TestOldKernel checks the notice about a part of the sandbox that the kernel lacks. A user who
// reads a file and does not mention the sandbox gets none.
func TestOldKernel(t *testing.T) {
	for _, c := range []struct {
		args   string
		status int
		says   string
	}{
		{"-q --demo http", 0, ""},
		{"-q --demo http --sandbox auto", 0, "portsniff: " + noLandlock + "\n"},
		{"-q --demo http --sandbox off", 0, ""},
		{"-q --demo http --sandbox require", exitFailed, "portsniff: the sandbox is not " +
			"complete: Landlock: " + unix.ENOSYS.Error() + "\n"},
	} {
		cmd := exec.Command(os.Args[0], strings.Fields(c.args)...)
		cmd.Env = append(os.Environ(), "PORTSNIFF_TEST_MAIN=1", oldKernelEnv+"=1")
		var errs strings.Builder
		cmd.Stderr = &errs
		if err := cmd.Run(); cmd.ProcessState == nil {
			t.Fatal(err)
		}
		if got := cmd.ProcessState.ExitCode(); got != c.status || errs.String() != c.says {
			t.Errorf("%s: status %d, want %d; %q, want %q", c.args, got, c.status, &errs, c.says)
		}
	}
}

// TestLiveOldKernel checks that a capture has the notice without being asked.
func TestLiveOldKernel(t *testing.T) {
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		t.Setenv(oldKernelEnv, "1")
		p := capturing(t, "-i", "v1", "-l", "--process=false", "-c", "1")
		s.Send(udpFrame(40000, 53, "one"))
		p.end(0)
		if !strings.Contains(p.errs.String(), noLandlock) {
			t.Errorf("%s", p.errs.String())
		}
	})
}
