package sockets

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/sandbox"
	"github.com/portsniff/portsniff/internal/testkit"
)

func TestMain(m *testing.M) {
	if status, ran := HelperMain(); ran {
		testkit.Exit(status)
	}
	os.Exit(m.Run())
}

// insideEnv is set when the test program runs again inside its own network namespace.
const insideEnv = "PORTSNIFF_TEST_NAMESPACE"

// inside runs the calling test in a new network namespace with only a loopback interface. It
// reports whether the caller is already in that namespace.
func inside(t *testing.T) bool {
	t.Helper()
	if os.Getenv(insideEnv) != "" {
		if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return true
	}
	for _, tool := range []string{"ip", "ss", "python3", "unshare"} {
		if _, err := exec.LookPath(tool); err != nil {
			skip(t, tool+" is not installed, nothing was compared with it")
		}
	}
	if os.Geteuid() != 0 {
		skip(t, "network namespaces of one's own take root")
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), insideEnv+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Fatalf("in the namespace: %v\n%s", err, out)
	}
	return false
}

func skip(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("PORTSNIFF_REQUIRE_ORACLES") == "1" {
		t.Fatal(why)
	}
	t.Skip("SKIPPED: " + why)
}

// start runs a program until the test ends. It returns the PID and the number after the program's
// "ready".
func start(t *testing.T, name string, args ...string) (pid, child int) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
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
	t.Cleanup(func() {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if _, e := fmt.Sscanf(line, "ready %d", &child); e != nil {
		t.Fatalf("%s returns %q: %v", name, line, err)
	}
	return cmd.Process.Pid, child
}

// row formats a socket like ss: protocol, state, both ends, and the processes that hold it.
func row(k *Socket) string {
	states := map[State]string{Listen: "LISTEN", Unconnected: "UNCONN", Established: "ESTAB"}
	local := k.Local.String()
	switch {
	case k.DualStack:
		local = "*:" + strconv.Itoa(int(k.Local.Port()))
	case k.Device != "":
		local = k.Local.Addr().String() + "%" + k.Device + ":" + strconv.Itoa(int(k.Local.Port()))
	}
	remote := k.Remote.String()
	if k.State.Open() {
		remote = "-"
	}
	holders := ""
	for _, p := range k.Processes {
		holders += fmt.Sprintf(" %s/%d", p.Name, p.PID)
	}
	state := cmp.Or(states[k.State], strings.ToUpper(string(k.State)))
	return strings.TrimRight(fmt.Sprintf("%v %s %s %s%s", k.Proto, state, local, remote, holders),
		" ")
}

var holder = regexp.MustCompile(`\("([^"]*)",pid=(\d+),fd=\d+\)`)

// ssRows returns the lines of ss in the same format.
func ssRows(t *testing.T) (rows []string) {
	t.Helper()
	out, err := exec.Command("ss", "-Hanptu").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		remote := strings.ReplaceAll(f[5], "[::ffff:127.0.0.1]", "127.0.0.1")
		if strings.HasSuffix(remote, ":*") {
			remote = "-"
		}
		var pids []int
		names := map[int]string{}
		for _, m := range holder.FindAllStringSubmatch(line, -1) {
			pid, err := strconv.Atoi(m[2])
			if err != nil {
				t.Fatal(err)
			}
			if names[pid] == "" {
				pids = append(pids, pid)
			}
			names[pid] = m[1]
		}
		slices.Sort(pids)
		r := strings.Join([]string{f[0], f[1],
			strings.ReplaceAll(f[4], "[::ffff:127.0.0.1]", "127.0.0.1"), remote}, " ")
		for _, pid := range pids {
			r += fmt.Sprintf(" %s/%d", names[pid], pid)
		}
		rows = append(rows, r)
	}
	slices.Sort(rows)
	return rows
}

// TestTakeAsSS compares the sockets and their processes with the output of ss.
func TestTakeAsSS(t *testing.T) {
	if !inside(t) {
		return
	}
	parent, child := start(t, "python3", "testdata/servers.py")
	s, err := Take()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	lite := ""
	for i := range s.Sockets {
		switch k := &s.Sockets[i]; {
		case k.Namespace != 0:
		case k.Proto == decode.ProtoUDPLite: // ss does not support it
			lite = row(k)
		default:
			got = append(got, row(k))
		}
	}
	slices.Sort(got)
	want := ssRows(t)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nss has\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(want) < 12 {
		t.Errorf("only %d sockets:\n%s", len(want), strings.Join(want, "\n"))
	}
	// in order: numbers of processes begin anew after the largest one
	both := fmt.Sprintf(" python3/%d python3/%d", min(parent, child), max(parent, child))
	if lite != "udplite UNCONN 127.0.0.1:9003 -"+both {
		t.Errorf("UDP-Lite: %q", lite)
	}
	for _, line := range []string{"tcp LISTEN 127.0.0.1:8001 -" + both,
		fmt.Sprintf("tcp LISTEN *:8002 - python3/%d", parent),
		"tcp TIME-WAIT 127.0.0.1:7001 127.0.0.1:8001", "tcp ESTAB 127.0.0.1:8006 127.0.0.1:7006"} {
		if !slices.Contains(got, line) {
			t.Errorf("no line %q in\n%s", line, strings.Join(got, "\n"))
		}
	}
}

// TestProcAsDiag compares the lists from /proc and sock_diag. /proc does not contain the device and
// whether a socket accepts only IPv6.
func TestProcAsDiag(t *testing.T) {
	if !inside(t) {
		return
	}
	start(t, "python3", "testdata/servers.py")
	fast, err := dumpDiag(func(int) string { return "lo" })
	if err != nil {
		t.Fatal(err)
	}
	slow, err := procSockets("self")
	if err != nil {
		t.Fatal(err)
	}
	rows := func(sockets []Socket) (rows []string) {
		for _, k := range sockets {
			rows = append(rows, fmt.Sprint(k.Proto, k.Local, k.Remote, k.State, k.UID, k.Inode))
		}
		slices.Sort(rows)
		return rows
	}
	if a, b := rows(fast), rows(slow); !slices.Equal(a, b) || len(a) < 13 {
		t.Errorf("sock_diag\n%s\n/proc\n%s", strings.Join(a, "\n"), strings.Join(b, "\n"))
	}
}

// TestProcWithoutIPv6 checks that missing lists of IPv6 and UDP-Lite in /proc are skipped, as on
// kernels without these protocols. It mounts a folder with the lists of such a kernel over the
// process's own.
func TestProcWithoutIPv6(t *testing.T) {
	if !inside(t) {
		return
	}
	dir := t.TempDir()
	const heading = "  sl  local_address rem_address   st\n"
	for name, line := range map[string]string{
		"tcp": " 0: 0100007F:0016 00000000:0000 0A 0:0 00:0 0 0 0 7\n",
		"udp": " 0: 0100007F:0035 00000000:0000 07 0:0 00:0 0 0 0 8\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(heading+line), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("unshare", "-m", "sh", "-c", `mount --bind "$0" /proc/$$/net &&
		exec "$1" -test.run '^TestProcFolder$' -test.v`, dir, os.Args[0])
	cmd.Env = append(os.Environ(), folderEnv+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestProcFolder") {
		t.Errorf("%v\n%s", err, out)
	}
}

// folderEnv is set when the test program runs again with the lists of that folder.
const folderEnv = "PORTSNIFF_TEST_FOLDER"

// TestProcFolder is the part of TestProcWithoutIPv6 that runs with the prepared lists.
func TestProcFolder(t *testing.T) {
	if os.Getenv(folderEnv) == "" {
		return // alone it has nothing to check
	}
	found, err := procSockets("self")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, k := range found {
		got = append(got, fmt.Sprint(k.Proto, " ", k.Local, " ", k.Inode))
	}
	if want := []string{"tcp 127.0.0.1:22 7", "udp 127.0.0.1:53 8"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestOtherNamespace checks that the sockets of a container are found, with their namespace. No
// other test may use that port for a server: in a third namespace its owner would be ambiguous.
func TestOtherNamespace(t *testing.T) {
	if !inside(t) {
		return
	}
	pid, _ := start(t, "unshare", "-n", "python3", "-c", `import os, socket, sys
os.system("ip addr add 10.1.2.3/32 dev lo; ip link set lo up")
s = socket.create_server(("0.0.0.0", 18079))
print("ready", os.getpid(), flush=True)
sys.stdin.read()`)
	s, err := Take()
	if err != nil {
		t.Fatal(err)
	}
	id, err := namespaceAt("/proc/" + strconv.Itoa(pid))
	if err != nil {
		t.Fatal(err)
	}
	found := slices.IndexFunc(s.Sockets, func(k Socket) bool { return k.Namespace == id })
	if found < 0 || s.Sockets[found].Local.Port() != 18079 ||
		len(s.Sockets[found].Processes) != 1 || s.Sockets[found].Processes[0].PID != pid {
		t.Errorf("the server of process %d in %d is not in %+v", pid, id, s.Sockets)
	}
	for local, want := range map[string]Owner{"10.1.2.3:18079": {Process: Process{PID: pid},
		Confidence: Listener}, "127.0.0.1:18079": {Confidence: Gone}, "10.1.2.4:18079": {}} {
		if got := s.Owner(Flow{decode.ProtoTCP, end(local),
			end("10.1.2.9:5")}); got.PID != want.PID || got.Confidence != want.Confidence {
			t.Errorf("%s: %+v, want %+v", local, got, want)
		}
	}
}

// TestWatchOnRealSockets checks that a watch and its helper find a real server and a real client. A
// socket that closed at once is reported as gone.
func TestWatchOnRealSockets(t *testing.T) {
	if !inside(t) {
		return
	}
	pid, child := start(t, "python3", "testdata/servers.py")
	here, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	helper, err := StartHelper(sandbox.Require, "nobody")
	if err != nil {
		t.Fatal(err)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", helper.PID()))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\nUid:\t65534\t65534\t65534\t65534\n",
		"\nCapEff:\t0000000000080004\n", "\nNoNewPrivs:\t1\n", "\nSeccomp:\t2\n"} {
		if !strings.Contains(string(status), want) {
			t.Errorf("the helper has no %q:\n%s", want, status)
		}
	}
	for name, w := range map[string]*Watch{"here": here, "helper": helper} {
		for _, c := range []struct {
			local, remote string
			proto         decode.Transport
			sure          Confidence
			more          int
		}{
			{"127.0.0.1:8002", "127.0.0.1:7002", decode.ProtoTCP, Exact, 1}, // the server
			{"127.0.0.1:7002", "127.0.0.1:8002", decode.ProtoTCP, Exact, 1}, // the client
			// the child has closed it
			{"127.0.0.1:8002", "127.0.0.1:7999", decode.ProtoTCP, Listener, 0},
			{"127.0.0.1:8006", "127.0.0.1:7006", decode.ProtoTCP, Listener, 1}, // not accepted
			{"127.0.0.1:7001", "127.0.0.1:8001", decode.ProtoTCP, Gone, 0},     // closed
			{"127.0.0.1:9004", "127.0.0.1:9001", decode.ProtoUDP, Exact, 1},
			{"127.0.0.1:9001", "127.0.0.1:9004", decode.ProtoUDP, Listener, 1},
			{"127.0.0.1:9003", "127.0.0.1:1", decode.ProtoUDPLite, Listener, 1},
			{"198.51.100.7:80", "127.0.0.1:1", decode.ProtoTCP, Unknown, 0},
		} {
			got := w.Await(Flow{c.proto, end(c.local), end(c.remote)}, true, 10*time.Second)
			wantPID, wantName := 0, ""
			if c.sure == Exact || c.sure == Listener {
				wantPID, wantName = pid, "python3"
			}
			if c.more > 0 { // the child has it too; its number may be the lower one
				wantPID = min(pid, child)
			}
			if got.Confidence != c.sure || got.PID != wantPID || got.Name != wantName ||
				got.More != c.more || wantPID != 0 && got.User != "root" {
				t.Errorf("%s, %s < %s: %+v, want %d %q and %d more", name, c.local, c.remote, got,
					wantPID, c.sure, c.more)
			}
		}
		if err := w.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat(fmt.Sprintf("/proc/%d", helper.PID())); err == nil {
		t.Error("the helper is still there")
	}
}
