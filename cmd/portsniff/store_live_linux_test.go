package main

import (
	"path/filepath"
	"testing"

	"github.com/portsniff/portsniff/internal/testkit"
)

// A live capture is stored, inside the sandbox, and read back.
func TestLiveStore(t *testing.T) {
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
