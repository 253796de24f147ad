package sandbox_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/portsniff/portsniff/internal/sandbox"
	"github.com/portsniff/portsniff/internal/testkit"
)

// childEnv contains the orders for a child. The child is this test program, which enters a sandbox
// and tries forbidden operations.
const childEnv = "PORTSNIFF_TEST_SANDBOX"

type orders struct {
	sandbox.Policy
	Probing *probing
	Fault   *fault

	Input, Output, Stranger, Folder string

	Within bool // enter a sandbox in which no other can be created, and then try both modes
}

// tried contains the error of each attempt, "" for success.
type tried struct {
	Report sandbox.Report
	Errors map[string]string
}

func TestMain(m *testing.M) {
	if text := os.Getenv(childEnv); text != "" {
		if err := child(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			testkit.Exit(1)
		}
		testkit.Exit(0)
	}
	os.Exit(m.Run())
}

// child enters the sandbox, tries, waits for the parent's inspection, and then uses files opened
// before.
func child(text string) error {
	var o orders
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return err
	}
	switch {
	case o.Within:
		return within()
	case o.Probing != nil:
		return o.Probing.probe()
	case o.Fault != nil:
		return o.Fault.enter()
	}
	in, err := os.Open(o.Input)
	if err != nil {
		return err
	}
	out, err := os.Create(o.Output)
	if err != nil {
		return err
	}
	for range 6 { // threads that exist before the sandbox, and continue
		go func() { runtime.LockOSThread(); select {} }()
	}
	time.Sleep(20 * time.Millisecond)
	report, err := sandbox.Enter(o.Policy)
	if err != nil {
		return err
	}
	for range 3 { // threads that are created later
		go func() { runtime.LockOSThread(); select {} }()
	}
	if err := json.NewEncoder(os.Stdout).Encode(tried{report, attempts(&o)}); err != nil {
		return err
	}
	if _, err := os.Stdin.Read(make([]byte, 1)); err != nil { // the parent is done
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Close()
}

// within simulates a kernel without Landlock and seccomp: a first sandbox refuses the calls that
// create a second one.
func within() error {
	if _, err := sandbox.Enter(sandbox.Policy{Mode: sandbox.Require}); err != nil {
		return err
	}
	r, auto := sandbox.Enter(sandbox.Policy{Mode: sandbox.Auto})
	_, require := sandbox.Enter(sandbox.Policy{Mode: sandbox.Require})
	fmt.Println(r.String(), "/", auto, "/", errors.Is(require, sandbox.ErrIncomplete))
	return nil
}

func attempts(o *orders) map[string]string {
	done := map[string]string{}
	try := func(name string, f func() error) {
		if err := f(); err != nil {
			done[name] = err.Error()
		} else {
			done[name] = ""
		}
	}
	read := func(name string) func() error {
		return func() error { _, err := os.ReadFile(name); return err }
	}
	socket := func(family, kind int) func() error {
		return func() error {
			fd, err := unix.Socket(family, kind, 0)
			if err == nil {
				err = unix.Close(fd)
			}
			return err
		}
	}
	try("read input", read(o.Input))
	try("read stranger", read(o.Stranger))
	try("read /etc/passwd", read("/etc/passwd"))
	try("list /", func() error { _, err := os.ReadDir("/"); return err })
	try("TCP socket", socket(unix.AF_INET, unix.SOCK_STREAM))
	try("packet socket", socket(unix.AF_PACKET, unix.SOCK_RAW))
	try("netlink socket", socket(unix.AF_NETLINK, unix.SOCK_RAW))
	try("Unix socket", socket(unix.AF_UNIX, unix.SOCK_STREAM))
	try("exec", func() error { return exec.Command("/bin/true").Run() })
	try("execve", func() error { return unix.Exec("/bin/true", []string{"true"}, nil) })
	try("fork", func() error {
		pid, _, e := unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
		if e != 0 {
			return e
		}
		if pid == 0 {
			unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
		}
		return nil
	})
	try("kill parent", func() error { return unix.Kill(os.Getppid(), 0) })
	try("ptrace", func() error { return unix.PtraceAttach(os.Getppid()) })
	try("back to root", func() error { return unix.Setresuid(0, 0, 0) })
	try("executable memory", func() error {
		_, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_EXEC,
			unix.MAP_ANON|unix.MAP_PRIVATE)
		return err
	})
	try("typing into the terminal", func() error {
		return unix.IoctlSetPointerInt(0, unix.TIOCSTI,
			'x')
	})
	try("write folder", func() error {
		return os.WriteFile(filepath.Join(o.Folder, "new"),
			[]byte("x"), 0o600)
	})
	try("rename in folder", func() error {
		return os.Rename(filepath.Join(o.Folder, "new"),
			filepath.Join(o.Folder, "newer"))
	})
	try("write elsewhere", func() error {
		return os.WriteFile(o.Stranger+".new", []byte("x"),
			0o600)
	})
	return done
}

// runChild runs a child to its end, and returns its output.
func runChild(t *testing.T, o orders) []byte {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return out
}

// enter runs a child, inspects its threads while it waits, and returns what it tried.
func enter(t *testing.T, o orders, look func(status map[string]string)) tried {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	cmd.Stderr = os.Stderr
	if os.Geteuid() == 0 { // with supplementary groups to drop
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Groups: []uint32{0,
			4, 24}}}
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var got tried
	if err := json.NewDecoder(out).Decode(&got); err != nil {
		t.Fatalf("no output of the child: %v, %v", err, cmd.Wait())
	}
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", cmd.Process.Pid))
	if err != nil || len(tasks) < 8 {
		t.Fatalf("%d threads, want nine more than the runtime's: %v", len(tasks), err)
	}
	for _, task := range tasks {
		status, err := os.ReadFile(task)
		if err != nil {
			t.Fatal(err)
		}
		fields := map[string]string{}
		for line := range strings.Lines(string(status)) {
			key, value, _ := strings.Cut(line, ":")
			fields[key] = strings.Join(strings.Fields(value), " ")
		}
		look(fields)
	}
	if _, err := in.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("after the look: %v", err)
	}
	return got
}

func prepare(t *testing.T) orders {
	t.Helper()
	dir := t.TempDir()
	// another user must be able to access the folder
	for d := dir; d != "/" && d != os.TempDir(); d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	o := orders{Input: filepath.Join(dir, "input"), Output: filepath.Join(dir, "output"),
		Stranger: filepath.Join(dir, "stranger"), Folder: filepath.Join(dir, "folder")}
	for _, name := range []string{o.Input, o.Stranger} {
		if err := os.WriteFile(name, []byte("twelve bytes"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(o.Folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(o.Folder, 0o777); err != nil {
		t.Fatal(err)
	}
	return o
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() == 0 {
		return
	}
	if os.Getenv("PORTSNIFF_REQUIRE_ORACLES") == "1" {
		t.Fatal("this test has to be run by root")
	}
	t.Skip("SKIPPED: changing the user takes root")
}

// TestSandboxForCapture checks the sandbox from outside, on every thread, and from inside.
func TestSandboxForCapture(t *testing.T) {
	needRoot(t)
	o := prepare(t)
	o.Policy = sandbox.Policy{Mode: sandbox.Require, Drop: true, User: "nobody",
		Read: []string{o.Input, o.Input + ".missing"}, Write: []string{o.Folder}}
	got := enter(t, o, func(status map[string]string) {
		for key, want := range map[string]string{"Uid": "65534 65534 65534 65534",
			"Gid": "65534 65534 65534 65534", "Groups": "",
			"CapEff": "0000000000000000", "CapPrm": "0000000000000000",
			"CapInh": "0000000000000000", "NoNewPrivs": "1", "Seccomp": "2"} {
			if status[key] != want {
				t.Errorf("thread %s: %s is %q, want %q", status["Pid"], key, status[key], want)
			}
		}
	})
	check(t, got, "read input", "write folder", "rename in folder")
	if got.Report.User != "nobody" || len(got.Report.Missing) > 0 || len(got.Report.Done) != 5 {
		t.Errorf("the report: %+v", got.Report)
	}
	if data, err := os.ReadFile(o.Output); err != nil || string(data) != "twelve bytes" {
		t.Errorf("the open file continues with %q, %v", data, err)
	}
	if info, err := os.Stat(filepath.Join(o.Folder, "newer")); err != nil || info.Size() != 1 {
		t.Errorf("the file made inside: %v, %v", info, err)
	}
}

// TestSandboxForReading checks that reading files does not change the user.
func TestSandboxForReading(t *testing.T) {
	o := prepare(t)
	o.Policy = sandbox.Policy{Mode: sandbox.Require, Read: []string{o.Input}}
	uid := fmt.Sprintf("%d %[1]d %[1]d %[1]d", os.Geteuid())
	got := enter(t, o, func(status map[string]string) {
		for key, want := range map[string]string{"Uid": uid, "CapEff": "0000000000000000",
			"NoNewPrivs": "1", "Seccomp": "2"} {
			if status[key] != want {
				t.Errorf("thread %s: %s is %q, want %q", status["Pid"], key, status[key], want)
			}
		}
	})
	check(t, got, "read input")
}

// check checks that the named attempts succeeded and all others were refused.
func check(t *testing.T, got tried, allowed ...string) {
	t.Helper()
	if len(got.Errors) != 19 {
		t.Errorf("%d attempts", len(got.Errors))
	}
	for name, err := range got.Errors {
		refused := strings.HasSuffix(err, "operation not permitted") ||
			strings.HasSuffix(err, "permission denied")
		if want := slices.Contains(allowed, name); want && err != "" || !want && !refused {
			t.Errorf("%s: %q, want it allowed: %v", name, err, want)
		}
	}
}

// TestSandboxForProcesses checks the sandbox for finding processes. Files stay readable, but
// nothing can be started, sent or written.
func TestSandboxForProcesses(t *testing.T) {
	needRoot(t)
	o := prepare(t)
	o.Policy = sandbox.Policy{Mode: sandbox.Require, Drop: true, User: "nobody",
		Keep: []sandbox.Capability{sandbox.DACReadSearch, sandbox.SysPtrace}, Processes: true}
	got := enter(t, o, func(status map[string]string) {
		for key, want := range map[string]string{"Uid": "65534 65534 65534 65534",
			"CapEff": "0000000000080004", "CapPrm": "0000000000080004",
			"NoNewPrivs": "1", "Seccomp": "2"} {
			if status[key] != want {
				t.Errorf("thread %s: %s is %q, want %q", status["Pid"], key, status[key], want)
			}
		}
	})
	check(t, got, "read input", "read stranger", "read /etc/passwd", "list /", "netlink socket")
}

func TestOffDoesNothing(t *testing.T) {
	r, err := sandbox.Enter(sandbox.Policy{Mode: sandbox.Off, Drop: true})
	if err != nil || len(r.Done)+len(r.Missing) != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	if err := exec.Command("/bin/true").Run(); err != nil {
		t.Error(err)
	}
}

// TestRequireFailsClosed checks that Require fails if parts are missing, and Auto reports them in
// one line.
func TestRequireFailsClosed(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+`={"Within":true}`)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	report, rest, _ := strings.Cut(string(out), " / ")
	if !strings.HasPrefix(report, "sandbox without ") || !strings.Contains(report, "Landlock: ") ||
		!strings.Contains(report, "seccomp: ") || strings.Contains(report, "\n") {
		t.Errorf("the report is %q", report)
	}
	if rest != "<nil> / true\n" {
		t.Errorf("auto and require give %q", rest)
	}
	if s := (sandbox.Report{}).String(); s != "" {
		t.Errorf("a whole sandbox reports %q", s)
	}
}

func TestTarget(t *testing.T) {
	t.Setenv("SUDO_UID", "1234567")
	t.Setenv("SUDO_GID", "7654321")
	if got, err := sandbox.TargetOf(""); err != nil ||
		got != (sandbox.Target{1234567, 7654321, "1234567"}) {
		t.Errorf("with sudo: %+v, %v", got, err)
	}
	t.Setenv("SUDO_UID", "0") // sudo used by root
	if got, err := sandbox.TargetOf(""); err != nil || got.Name != "nobody" || got.UID != 65534 {
		t.Errorf("root with sudo: %+v, %v", got, err)
	}
	t.Setenv("SUDO_UID", "-1")
	if got, err := sandbox.TargetOf(""); err != nil || got.Name != "nobody" {
		t.Errorf("invalid IDs of sudo: %+v, %v", got, err)
	}
	if got, err := sandbox.TargetOf("0"); err != nil || got.UID != 0 || got.Name != "root" {
		t.Errorf("by number: %+v, %v", got, err)
	}
	if _, err := sandbox.TargetOf("no-such-user-here"); err == nil {
		t.Error("an unknown user is accepted")
	}
}
