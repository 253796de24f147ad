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

// A probing is what a child is reported to try, and in what role.
type probing struct {
	Policy sandbox.Policy
	Folder string
	Victim int // a process of the same user
	Capturing,
	Free bool // try it without the sandbox
}

// probe enters the sandbox and tries everything. The result has the error of each probe by its row
// and name, and of each system call that no row has by its name.
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
			// The kernel lets no filter see uretprobe, which is for its own trampolines and ends
			// others.
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

// tries are the probes of the child's roles.
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

// allowed are the system calls in the rows of the child's roles.
func (p *probing) allowed() (names []string) {
	roles := p.Policy.Roles(p.Capturing)
	for _, r := range sandbox.Rows() {
		if slices.Contains(roles, r.Role) {
			names = append(names, r.Calls...)
		}
	}
	return names
}

// In the sandbox of every part of the program each row's calls do what the row allows. With other
// arguments they are refused, and so is every call that is in no row. Outside all of them are made.
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
			if p.Policy.Connect != nil { // which lists folders
				p.Policy.Read = append(p.Policy.Read, p.Folder)
			}
			confined := p.run(t)
			p.Free = true
			free := p.run(t)
			for _, try := range p.tries() {
				key := try.row + ": " + try.name
				got, ok := confined[key]
				if !ok {
					continue // this architecture has no such call
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

// run gives what a child has found. Only outside of the sandbox it can end another process.
func (p *probing) run(t *testing.T) (result map[string]string) {
	t.Helper()
	victim := exec.Command("sleep", "60")
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		killed := unix.Kill(victim.Process.Pid, unix.SIGTERM) // another signal than the child's
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

// Go makes threads itself in a program without cgo, and leaves it to the C library in one with it.
// This test program is mostly of the other kind than what people install.
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

// Every row has a probe that is allowed, and if it has a rule for arguments one that is not.
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

// of reports whether a probe is of that row. One of everyone's rows may be tried in any role.
func (p *probe) of(r sandbox.Row) bool {
	role, call, _ := strings.Cut(p.row, " ")
	return call == r.Calls[0] && (role == r.Role || r.Role == "all")
}

// SECURITY.md shows the table.
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
