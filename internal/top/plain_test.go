package top_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/internal/top"
)

// There are sentences only for new ports, changes by a fifth, ports that became quiet, and alerts.
func TestReporter(t *testing.T) {
	s := newScene(t)
	reporter := top.NewReporter(s.engine, top.TenSeconds)
	if list := reporter.Changes(); list != nil {
		t.Errorf("before the first packet: %q", list)
	}
	has := func(want ...string) {
		t.Helper()
		got := reporter.Changes()
		for _, w := range want {
			if !slices.ContainsFunc(got, func(g string) bool { return strings.HasPrefix(g, w) }) {
				t.Errorf("no sentence begins with %q: %q", w, got)
			}
		}
		if len(want) == 0 && got != nil {
			t.Errorf("nothing changed, but: %q", got)
		}
	}
	s.connect(1, 2, 50000, 80, httpRequest, "")
	has("In all: ", "Port 80/tcp, http: ")
	has()
	for range 20 {
		s.tcp(1, 2, 50000, 80, ack|psh, strings.Repeat("x", 500))
	}
	has("In all: ", "Port 80/tcp, http rose to ")
	s.wait(time.Minute)
	s.engine.Tick(s.at.UnixNano())
	has("In all: 0 bit/s", "Port 80/tcp, http is quiet.")
	has()
	s.connect(1, 2, 50001, 4444, httpRequest, "")
	s.engine.LookAll()
	// 3 + 1 + 20 packets came before the SYN
	has("Port 4444/tcp, krb524: ", "Alert, odd-port: http on 4444/tcp (krb524). Evidence: the "+
		"first bytes from 10.0.0.1:50001 are HTTP/1. See packet 25.")
	has()
}
