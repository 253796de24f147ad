package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/testkit"
)

// twoClients is a Python program. Two of its processes are at the client end of a TCP port, and two
// share a UDP port. It prints their process IDs: TCP server, TCP clients, UDP receivers. All
// processes end after a number of seconds.
const twoClients = `import os, socket, sys, time
done, over = os.pipe()
def child(work):
    ready, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(over)
        kept = work()
        os.write(tell, b"x")
        os.read(done, 1)
        os._exit(0)
    print(pid, flush=True)
    os.read(ready, 1)
def client():
    s.close()
    c = socket.create_connection(("127.0.0.1", 8080))
    c.send(b"x")
    return c
def share():
    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    u.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    u.bind(("127.0.0.1", 8081))
    return u
def theirs():
    mine.close()
    return share()
s = socket.create_server(("127.0.0.1", 8080))
print(os.getpid(), flush=True)
child(client)
a = s.accept()[0]
child(lambda: (a.close(), client())[1])
b = s.accept()[0]
mine = share()
print(os.getpid(), flush=True)
child(lambda: (a.close(), b.close(), s.close(), theirs())[3])
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.connect(("127.0.0.1", 8081))
for i in range(10 * int(sys.argv[1])):
    u.send(b"x")
    time.sleep(0.1)
os.close(over)
`

// tableWithProcesses runs a table during the traffic of twoClients and checks the output. The
// lookup takes long on a busy machine; then the processes live longer.
func tableWithProcesses(t *testing.T, want func(pid []int) []string, args ...string) {
	t.Helper()
	t.Parallel()
	requireTool(t, "python3")
	testkit.Run(t, func(t *testing.T) {
		testkit.Output(t, "ip link set lo up")
		var out string
		var patterns []string
		for _, seconds := range []string{"2", "5", "12"} {
			p := capturing(t, append(args, "-i", "lo", "--width", "0")...)
			childOf(t, p.cmd.Process.Pid)
			cmd := exec.Command("python3", "-c", twoClients, seconds)
			cmd.Stderr = os.Stderr
			numbers, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			p.interrupt()
			var pids []int
			for word := range strings.FieldsSeq(string(numbers)) {
				pid, err := strconv.Atoi(word)
				if err != nil {
					t.Fatal(err)
				}
				pids = append(pids, pid)
			}
			if n := p.closing(); n[0]+n[2] != n[1] || n[0] == 0 || len(pids) != 5 {
				t.Fatalf("%v, %v", n, pids)
			}
			out, patterns = p.out.String(), want(pids)
			if !slices.ContainsFunc(patterns,
				func(pattern string) bool {
					return !regexp.MustCompile(pattern).MatchString(
						out)
				}) {
				return
			}
		}
		matches(t, "the table", out, patterns...)
	})
}

// TestLiveTableProcesses checks that tables of a live capture name the processes at both ends, and
// all of several.
func TestLiveTableProcesses(t *testing.T) {
	for _, args := range [][]string{{"ports"}, {"ports", "--wide"}, {"-q"}, {"-l"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			tableWithProcesses(t, func(pid []int) []string {
				return []string{fmt.Sprintf(
					`(?m)^8080/tcp .* python3/%d of root( \(listener\))?; peer python3/%d of `+
						`root, python3/%d of root( |$)`, pid[0], pid[1], pid[2]),
					fmt.Sprintf(`(?m)^8081/udp .* python3/%d \+1 of root \(listener\); peer `+
						`python3/%d of root( |$)`, min(pid[3], pid[4]), pid[3])}
			}, args...)
		})
	}
	t.Run("flows", func(t *testing.T) {
		tableWithProcesses(t, func(pid []int) []string {
			const row = `(?m)^ +\d+  %s .* client python3/%d of root; server python3/%d%s of root `
			return []string{fmt.Sprintf(row, "tcp", pid[1], pid[0], ""),
				fmt.Sprintf(row, "tcp", pid[2], pid[0], ""),
				fmt.Sprintf(row+`\(listener\) `, "udp", pid[3], min(pid[3], pid[4]), ` \+1`)}
		}, "flows")
	})
}

// TestLiveTableProcessesData checks the same in JSON and CSV.
func TestLiveTableProcessesData(t *testing.T) {
	for _, c := range []struct {
		command, format string
		want            func(pid []int) []string
	}{
		{"flows", "json", func(pid []int) []string {
			end := `"%s_process":{"pid":%d,"name":"python3","user":"root","more":0,"earlier":0,` +
				`"confidence":"exact"}`
			var want []string
			for _, client := range pid[1:3] {
				want = append(want, fmt.Sprintf(`(?m)"proto":"tcp",.*`+end+","+end+`}$`, "client",
					client, "server", pid[0]))
			}
			return want
		}},
		{"ports", "json", func(pid []int) []string {
			return []string{fmt.Sprintf(
				`(?m)"port":8080,.*"processes":{"list":\[{"pid":%d,"name":"python3",`+
					`"user":"root","more":0,"earlier":0,"confidence":"[a-z]+"}\],"more":0,`+
					`"gone":0},`+
					`"peer_processes":{"list":\[{"pid":%d,[^{]*},{"pid":%d,[^{]*}\],"more":0,`+
					`"gone":0}}$`, pid[0], pid[1], pid[2])}
		}},
		{"flows", "csv", func(pid []int) []string {
			return []string{`(?m),client_process,server_process,flow$`,
				fmt.Sprintf(`(?m)^tcp,.*,python3/%d of root,python3/%d of root,\d+$`, pid[1],
					pid[0])}
		}},
		{"ports", "csv", func(pid []int) []string {
			return []string{`(?m),processes,peer_processes,share_of$`,
				fmt.Sprintf(`(?m)^8080,tcp,.*,"python3/%d of root, python3/%d of root",packets$`,
					pid[1], pid[2])}
		}},
	} {
		t.Run(c.command+" "+c.format, func(t *testing.T) {
			tableWithProcesses(t, c.want, c.command, "--format", c.format)
		})
	}
}

// TestTablesWithoutProcesses checks that tables have no processes for files, nor for captures with
// --process=false.
func TestTablesWithoutProcesses(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"ports", "flows"} {
		for _, format := range []string{"text", "json", "csv"} {
			if out := run(t, command, "--demo", "http", "--width", "0", "--format",
				format); strings.Contains(out, "process") {
				t.Errorf("%s: %s", command, out)
			}
		}
	}
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		p := capturing(t, "flows", "-i", "v1", "--process=false", "--width", "0")
		s.Send(udpFrame(40000, 53, "x"))
		p.interrupt()
		if out := p.out.String(); strings.Contains(out, "process") ||
			!strings.Contains(out, "40000") {
			t.Errorf("%s", out)
		}
	})
}
