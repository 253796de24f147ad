package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// requireRoot skips the test with a message if it is not run by root, or fails if root is required.
func requireRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() == 0 {
		return
	}
	if os.Getenv("PORTSNIFF_REQUIRE_ORACLES") == "1" {
		t.Fatal("this test has to be run by root")
	}
	t.Skip("SKIPPED: namespaces and other users take root")
}

// installed copies this test program to a folder where every user may run it. Under the name
// portsniff it is the program itself.
func installed(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for d := dir; d != "/" && d != os.TempDir(); d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Join(dir, "portsniff")
	from, err := os.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	// A process that starts meanwhile would keep the file open, and the kernel would not run it.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	to, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(to, from); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

// listenersScript starts servers of two users. It prints the output of ss, then the output of
// portsniff for root and for one of the users.
const listenersScript = `set -e
ip link set lo up
nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"
nc -n -l NC8080 </dev/null >/dev/null 2>&1 & one=$!
$nobody nc -n -u -l NC5355 </dev/null >/dev/null 2>&1 & two=$!
python3 -c 'import os, socket, time
s = socket.create_server(("::1", 5353), family=socket.AF_INET6)
os.setresuid(65534, 65534, 65534)
time.sleep(60)' & three=$!
python3 -c 'import socket, time
s = socket.create_server(("", 22), family=socket.AF_INET6, dualstack_ipv6=True)
t = socket.create_server(("::", 80), family=socket.AF_INET6)
time.sleep(60)' & four=$!
trap 'kill $one $two $three $four' EXIT
for i in $(seq 100); do [ "$(ss -Hlntu | wc -l)" = 5 ] && break; sleep 0.1; done
ss -Hlntup
echo ----
"$PORTSNIFF" listeners --format json 2>/dev/null
echo ----
$nobody "$PORTSNIFF" listeners 2>&1
`

var ssHolder = regexp.MustCompile(`\("([^"]*)",pid=(\d+),`)

func TestListenersAsSS(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"ss", "ip", "nc", "python3", "unshare", "setpriv"} {
		requireTool(t, tool)
	}
	requireRoot(t)
	script := strings.NewReplacer("NC8080", ncAt(t, "8080"), "NC5355",
		ncAt(t, "5355")).Replace(listenersScript)
	cmd := exec.Command("unshare", "-n", "sh", "-c", script)
	cmd.Env = append(os.Environ(), "PORTSNIFF="+installed(t))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	parts := strings.Split(string(out), "----\n")
	if len(parts) != 3 {
		t.Fatalf("%q", out)
	}
	var want, got []string
	for line := range strings.Lines(parts[0]) {
		f, h := strings.Fields(line), ssHolder.FindStringSubmatch(line)
		if h == nil {
			t.Fatalf("ss names no process: %s", line)
		}
		want = append(want, fmt.Sprintf("%s %s %s %s", f[0],
			strings.NewReplacer("[", "", "]", "").Replace(f[4]), h[1], h[2]))
	}
	for line := range strings.Lines(parts[1]) {
		var k struct {
			Schema, Proto, Address, Service, Range, User string
			Port                                         uint16
			Namespace                                    uint64
			DualStack                                    bool `json:"dual_stack"`
			Processes                                    []struct {
				PID        int
				Name, User string
			}
		}
		if err := json.Unmarshal([]byte(line), &k); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if k.Namespace != 0 { // a server of the host's own network namespace
			continue
		}
		if k.Schema != "portsniff.listener/1" || len(k.Processes) != 1 {
			t.Errorf("%s", line)
			continue
		}
		if k.DualStack { // as ss writes it
			k.Address = "*"
		}
		got = append(got, fmt.Sprintf("%s %s:%d %s %d", k.Proto, k.Address, k.Port,
			k.Processes[0].Name, k.Processes[0].PID))
		if k.Port == 5355 && (k.Service != "llmnr" || k.Range != "registered" ||
			k.User != "nobody" || k.Processes[0].User != "nobody") {
			t.Errorf("%s", line)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if len(want) != 5 || !slices.Equal(got, want) {
		t.Errorf("got\n%s\nss has\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	// The Python program started as root and changed to nobody. Other users still cannot read its
	// files in /proc.
	for _, pattern := range []string{`(?m)^5355/udp +llmnr +reg +127\.0\.0\.1 +unconnected +nc ` +
		`+\d+ +nobody$`,
		`(?m)^22/tcp +ssh +sys +:: and IPv4 +listen `, `(?m)^80/tcp +http +sys +:: +listen `,
		`(?m)^5353/tcp +mdns +reg +::1 +listen +\? +- +root$`,
		`(?m)^8080/tcp +http-alt +reg +127\.0\.0\.1 +listen +\? +- +root$`,
		`(?m)^portsniff: \d+ of \d+ sockets without a known process: no permission to read ` +
			`the open files of \d+ process(es)?;`} {
		if !regexp.MustCompile(pattern).MatchString(parts[2]) {
			t.Errorf("another user sees no %s in\n%s", pattern, parts[2])
		}
	}
}

// ncAt returns the arguments with which the installed nc listens on a port. Two versions of nc use
// -p differently.
func ncAt(t *testing.T, port string) string {
	t.Helper()
	// Only the help text matters: one version exits with status 1.
	out, _ := exec.Command("nc", "-h").CombinedOutput()
	if strings.Contains(string(out), "-s addr") {
		return "-s 127.0.0.1 -p " + port
	}
	return "127.0.0.1 " + port
}
