package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/store"
	"github.com/portsniff/portsniff/internal/testkit"
)

// TestLiveStore checks that a live capture is stored inside the sandbox, and can be read again.
func TestLiveStore(t *testing.T) {
	t.Parallel()
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		dir := filepath.Join(t.TempDir(), "store")
		p := capturing(t, "-i", "v1", "--store", dir, "--sandbox", "require", "udp")
		s.Send(udpFrame(40000, 53, "one"), udpFrame(40000, 53, "two"),
			udpFrame(40001, 123, "three"))
		p.interrupt()
		matches(t, "output", p.out.String(), `^1 input stored: 3 packets\n$`)
		matches(t, "ports", exampleOutput(t, "ports --format csv --from "+dir),
			`(?m)^53,udp,domain,.*,2,`, `(?m)^123,udp,ntp,.*,1,`)
		matches(t, "flows", exampleOutput(t, "flows --format csv --from "+dir),
			`(?m)^udp,192.0.2.1,40000,.*,198.51.100.7,53,`)
	})
}

// TestLiveStoreUnderCommands checks that --store also works with a command that shows the capture.
// It runs inside the sandbox, and writes the same files as without a table.
func TestLiveStoreUnderCommands(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"flows --community-id --format csv", "ports", "ports --wide",
		"flows", "hosts",
		"services", "serve --listen 127.0.0.1:0"} {
		liveTest(t, func(t *testing.T, s *testkit.Sender) {
			dir := filepath.Join(t.TempDir(), "store")
			args := append(strings.Fields(line), "-i", "v1", "--store", dir, "--sensor", "s1",
				"--sandbox", "require", "udp")
			p := capturing(t, args...)
			frames := [][]byte{udpFrame(40000, 53, "one"), udpFrame(40000, 53, "two"),
				udpFrame(40001, 123, "three")}
			s.Send(frames...)
			p.interrupt()
			matches(t, line, p.errs.String(), `(?m)1 input stored: 3 packets$`)
			if !strings.HasPrefix(line, "serve") {
				matches(t, line, p.out.String(), `198\.51\.100\.7|53/udp +domain`)
			}
			const counted = `(?m)^53,udp,domain,.*,2,`
			matches(t, line, exampleOutput(t, "ports --format csv --from "+dir), counted,
				`(?m)^123,udp,ntp,.*,1,`)
			matches(t, line, exampleOutput(t, "flows --format csv --from "+dir),
				`(?m)^udp,192.0.2.1,40000,.*,198.51.100.7,53,`)
			matches(t, line, exampleOutput(t, "services --format csv --from "+dir),
				`(?m)^198.51.100.7,53,udp,domain,.*,filtered,`)
			for _, table := range store.Tables() {
				found, err := filepath.Glob(filepath.Join(dir, table, "date=*", "*.parquet"))
				if err != nil || len(found) != 1 {
					t.Errorf("%s: %s has the files %v, %v", line, table, found, err)
				}
			}
		})
	}
}

// TestLiveStoreMistakes checks that --store needs a live capture, and its flags need --store.
func TestLiveStoreMistakes(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"ports -r x.pcap --store d":           "--store needs -i INTERFACE",
		"serve --demo http --store d":         "--store needs -i INTERFACE",
		"hosts -i lo --sensor s":              "--sensor needs --store DIR",
		"services -i lo --idle-timeout 5s":    "--idle-timeout needs --store DIR",
		"flows -i lo --idle-timeout 5s":       "--idle-timeout needs --ipfix",
		"flows -i lo --store d --format zeek": "--store does not go with records of flows",
		"ports --from d --store d":            "--store is about packets",
	} {
		_, errs, status := shipped(strings.Fields(line)...)
		if status != cli.ExitUsage || !strings.Contains(errs, want) {
			t.Errorf("%s: %d: %s, want %q", line, status, errs, want)
		}
	}
}
