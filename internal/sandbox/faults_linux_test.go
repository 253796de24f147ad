package sandbox_test

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/portsniff/portsniff/internal/sandbox"
)

// A fault is a system call that fails during Enter.
type fault struct {
	Call   string // "" for a thread that has its own filter
	Policy sandbox.Policy
}

// met is the result of entering the sandbox with a fault.
type met struct {
	Report sandbox.Report
	Err    string
}

// enter enters the sandbox while that call fails.
func (f *fault) enter() error {
	if f.Call == "" {
		if err := otherThread(); err != nil {
			return err
		}
	} else if err := deny(f.Call, unix.SECCOMP_FILTER_FLAG_TSYNC); err != nil {
		return err
	}
	report, err := sandbox.Enter(f.Policy)
	m := met{Report: report}
	if err != nil {
		m.Err = err.Error()
	}
	return json.NewEncoder(os.Stdout).Encode(m)
}

// otherThread installs a filter on one thread only.
func otherThread() error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		done <- deny("reboot", 0)
		select {}
	}()
	return <-done
}

// deny makes a system call fail with EPERM.
func deny(name string, flags uintptr) error {
	raw, err := bpf.Assemble([]bpf.Instruction{
		bpf.LoadAbsolute{Off: 0, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(sandbox.Numbers()[name]), SkipFalse: 1},
		bpf.RetConstant{Val: uint32(refused)},
		bpf.RetConstant{Val: allowed},
	})
	if err != nil {
		return err
	}
	var code []unix.SockFilter
	for _, i := range raw {
		code = append(code, unix.SockFilter{Code: i.Op, Jt: i.Jt, Jf: i.Jf, K: i.K})
	}
	program := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags,
		uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return fmt.Errorf("denying %s: %w", name, errno)
	}
	return nil
}

// TestFailedSteps checks that each failing step is an error, or a part that the report lists as
// missing.
func TestFailedSteps(t *testing.T) {
	needRoot(t)
	nobody := sandbox.Policy{Mode: sandbox.Auto, Drop: true, User: "65534"}
	keeps := nobody
	keeps.Keep = []sandbox.Capability{sandbox.DACReadSearch}
	for _, c := range []struct {
		call    string
		policy  sandbox.Policy
		missing string
		err     string
	}{
		{"capget", nobody, "keeping capabilities: operation not permitted", ""},
		{"capset", nobody, "giving up capabilities: operation not permitted", ""},
		{"prctl", nobody, "no_new_privs: operation not permitted", ""},
		{"landlock_restrict_self", nobody, "Landlock: ", ""},
		{"", nobody, "seccomp: thread ", ""},
		{"prctl", keeps, "", "continuing as nobody: keeping capabilities: operation not permitted"},
		{"setgroups", nobody, "", "continuing as nobody: leaving groups: operation not permitted"},
		{"setresgid", nobody, "", "continuing as nobody: group 65534: operation not permitted"},
		{"setresuid", nobody, "", "continuing as nobody: user 65534: operation not permitted"},
		{"reboot", sandbox.Policy{Mode: sandbox.Auto, Drop: true, User: "no-such-user"}, "",
			"-Z no-such-user: user: unknown user no-such-user"},
		{"reboot", nobody, "", ""},
	} {
		var got met
		if err := json.Unmarshal(runChild(t, orders{Fault: &fault{c.call, c.policy}}),
			&got); err != nil {
			t.Fatal(err)
		}
		missing := strings.Join(got.Report.Missing, "; ")
		found := strings.Contains(missing, c.missing) && (c.missing == "") == (missing == "")
		if got.Err != c.err || !found {
			t.Errorf("without %q: error %q, missing %q", c.call, got.Err, missing)
		}
	}
}
