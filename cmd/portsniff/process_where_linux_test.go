package main

import (
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/testkit"
)

// twoServers runs a server named webserver on port 8080 and one named python3 on port 8081. Each
// has a client with the same name.
func twoServers(t *testing.T) {
	t.Helper()
	first := exec.Command("python3", "-c", `open("/proc/self/comm", "w").write("webserver")`+"\n"+
		talkers)
	second := exec.Command("python3", "-c", strings.ReplaceAll(talkers, "8080", "8081"))
	for _, c := range []*exec.Cmd{first, second} {
		c.Stderr = os.Stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []*exec.Cmd{first, second} {
		if err := c.Wait(); err != nil {
			t.Error(err)
		}
	}
}

// portsOfCSV returns the ports in src_port and dst_port of lines, or in port of a table. It ignores
// other columns, because the digits of a time can equal a port.
func portsOfCSV(t *testing.T, out string) map[string]bool {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%d rows, %v: %s", len(rows), err, out)
	}
	ports, columns := map[string]bool{}, 0
	for i, name := range rows[0] {
		if name == "port" || name == "src_port" || name == "dst_port" {
			columns++
			for _, row := range rows[1:] {
				ports[row[i]] = true
			}
		}
	}
	if columns == 0 {
		t.Fatalf("no column of ports: %s", rows[0])
	}
	return ports
}

// TestLiveWhereProcess checks that --where keeps only the packets of the named process, in lines,
// tables and files.
func TestLiveWhereProcess(t *testing.T) {
	t.Parallel()
	requireTool(t, "python3")
	const where = `process == "webserver" and user == "root" and pid > 1`
	file := filepath.Join(t.TempDir(), "web.pcap")
	for _, args := range [][]string{{"-l", "--format", "csv"}, {"ports", "--format", "csv"},
		{"-w", file}} {
		t.Run(args[0], func(t *testing.T) {
			testkit.Run(t, func(t *testing.T) {
				testkit.Output(t, "ip link set lo up")
				p := capturing(t, append(args, "-i", "lo", "--sandbox", "require", "--where",
					where)...)
				childOf(t, p.cmd.Process.Pid)
				twoServers(t)
				p.interrupt()
				n := p.closing()
				out := p.out.String()
				if args[0] == "-w" {
					out = run(t, "-r", file, "--format", "csv")
				}
				// both servers have the same number of packets
				if sent := 20; n[0] < sent || n[1] < 2*n[0]-sent {
					t.Errorf("%v", n)
				}
				ports := portsOfCSV(t, out)
				if !ports["8080"] || ports["8081"] {
					t.Errorf("the wrong packets, or none: %s", out)
				}
				if lines := strings.Count(out, "\n") - 1; args[0] != "ports" && lines != n[0] {
					t.Errorf("%d lines of %d packets", lines, n[0])
				}
			})
		})
	}
}
