package sandbox_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/portsniff/portsniff/internal/sandbox"
)

// A probing contains the orders for a child that runs probes, and its role.
type probing struct {
	Policy sandbox.Policy
	Folder string
	Victim int // a process of the same user
	Capturing,
	Free bool // run the probes without the sandbox
}

// probe enters the sandbox and runs all probes. The result maps each probe, by row and name, to its
// error. It also contains each system call that is in no row, by name.
func (p *probing) probe() error {
	e, err := newEnv(p.Folder, p.Capturing)
	if err != nil {
		return err
	}
	if !p.Free {
		if _, err := sandbox.Enter(p.Policy); err != nil {
			return err
		}
	}
	result := map[string]string{}
	for _, t := range p.tries() {
		word = [64]int{}
		if err := t.try(e); err != errNoCall {
			result[t.row+": "+t.name] = text(err)
		}
	}
	e.sendSignal(p.Victim)
	if !p.Free {
		for name := range sandbox.Numbers() {
			// Filters cannot block uretprobe. It is for the kernel's own trampolines, and ends any
			// other process that calls it.
			if !slices.Contains(p.allowed(), name) && name != "uretprobe" {
				result[name] = text(call(name, -1, -1, -1, -1, -1, -1))
			}
		}
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

func text(err error) string {
	switch {
	case errors.Is(err, unix.EPERM):
		return "refused"
	case errors.Is(err, unix.EACCES):
		return "refused by Landlock"
	case errors.Is(err, unix.ENOSYS):
		return "absent"
	}
	return "made"
}

// tries returns the probes of the child's roles.
func (p *probing) tries() (list []probe) {
	roles := p.Policy.Roles(p.Capturing)
	for _, t := range slices.Concat(probesOfEveryone, probesOfRoles) {
		if slices.ContainsFunc(roles, func(r string) bool {
			return strings.HasPrefix(t.row, r+
				" ")
		}) {
			list = append(list, t)
		}
	}
	return list
}

// allowed returns the system calls in the rows of the child's roles.
func (p *probing) allowed() (names []string) {
	roles := p.Policy.Roles(p.Capturing)
	for _, r := range sandbox.Rows() {
		if slices.Contains(roles, r.Role) {
			names = append(names, r.Calls...)
		}
	}
	return names
}

// TestSystemCalls checks the sandbox of every part of the program. Calls are allowed as their row
// states. Calls with other arguments and calls in no row are refused. Without a sandbox all of them
// work.
func TestSystemCalls(t *testing.T) {
	needRoot(t)
	for name, p := range map[string]probing{
		"reading":       {},
		"captures":      {Capturing: true},
		"serve":         {Policy: sandbox.Policy{Accept: true}},
		"terminal":      {Policy: sandbox.Policy{Terminal: true}},
		"process names": {Policy: sandbox.Policy{Processes: true}},
		"files":         {Policy: sandbox.Policy{Write: []string{"folder"}}},
		"send":          {Policy: sandbox.Policy{Connect: []uint16{9}}},
	} {
		t.Run(name, func(t *testing.T) {
			p.Policy.Mode = sandbox.Require
			p.Policy.Read = []string{filepath.Join(t.TempDir(), "kept")}
			p.Folder = filepath.Dir(p.Policy.Read[0])
			if p.Policy.Write != nil {
				p.Policy.Write[0] = p.Folder
			}
			if p.Policy.Connect != nil { // it includes listing folders
				p.Policy.Read = append(p.Policy.Read, p.Folder)
			}
			confined := p.run(t)
			p.Free = true
			free := p.run(t)
			for _, try := range p.tries() {
				key := try.row + ": " + try.name
				got, ok := confined[key]
				if !ok {
					continue // this architecture does not have the call
				}
				if try.allow != (got == "made") {
					t.Errorf("%s is %s", key, got)
				}
				if free[key] != "made" {
					t.Errorf("%s proves nothing: outside it is %s", key, free[key])
				}
				delete(confined, key)
			}
			for call, got := range confined {
				want := "refused"
				if slices.Contains(sandbox.Absent(), call) {
					want = "absent"
				}
				if got != want {
					t.Errorf("%s, which is in no row, is %s", call, got)
				}
			}
		})
	}
}

// run returns the results of a child. Only without the sandbox can the child end another process.
func (p *probing) run(t *testing.T) (result map[string]string) {
	t.Helper()
	victim := exec.Command("sleep", "60")
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		killed := unix.Kill(victim.Process.Pid, unix.SIGTERM) // not the signal that the child uses
		if err := errors.Join(killed, victim.Wait()); !strings.Contains(err.Error(),
			map[bool]string{true: "killed", false: "terminated"}[p.Free]) {
			t.Errorf("outside %v: the other process ended with %v", p.Free, err)
		}
	}()
	p.Victim = victim.Process.Pid
	if err := os.WriteFile(filepath.Join(p.Folder, "kept"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	out := runChild(t, orders{Probing: p})
	if err := json.Unmarshal(out, &result); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return result
}

// TestSystemCallsWithoutCgo runs TestSystemCalls in a program without cgo, like the released one.
// There Go creates threads itself; with cgo the C library does.
func TestSystemCallsWithoutCgo(t *testing.T) {
	needRoot(t)
	program := filepath.Join(t.TempDir(), "sandbox.test")
	build := exec.Command("go", "test", "-c", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := exec.Command(program, "-test.run", "^TestSystemCalls$").CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// TestRowsHaveProbes checks that every row has an allowed probe, and a refused one if it restricts
// arguments.
func TestRowsHaveProbes(t *testing.T) {
	for _, r := range sandbox.Rows() {
		for _, allow := range []bool{true, false} {
			has := slices.ContainsFunc(slices.Concat(probesOfEveryone, probesOfRoles),
				func(p probe) bool { return p.of(r) && p.allow == allow })
			if !has && (allow || r.Text != "") {
				t.Errorf("%s %s has no probe that is allowed: %v", r.Role, r.Calls[0], allow)
			}
		}
	}
}

// of reports whether a probe belongs to a row. Rows of everyone may be probed in any role.
func (p *probe) of(r sandbox.Row) bool {
	role, call, _ := strings.Cut(p.row, " ")
	return call == r.Calls[0] && (role == r.Role || r.Role == "all")
}

// TestRowsAreDocumented checks that SECURITY.md contains the table.
func TestRowsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	for _, r := range sandbox.Rows() {
		arguments := r.Text
		if arguments == "" {
			arguments = "any"
		}
		cells := []string{r.Role, strings.Join(r.Calls, ", "), arguments, r.Why}
		table.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	if !strings.Contains(string(page), "\n|---|---|---|---|\n"+table.String()+"\n") {
		t.Errorf("SECURITY.md does not have this table:\n%s", &table)
	}
}
