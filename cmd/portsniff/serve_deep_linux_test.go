package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/portsniff/portsniff/internal/testkit"
)

// TestServeDeepFrames checks that frames with the largest number of headers do not delay a capture
// or its end.
func TestServeDeepFrames(t *testing.T) {
	if testing.Short() { // -short is for the race detector, which needs additional time and memory
		t.Skip("SKIPPED: -short: time and memory were not measured")
	}
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		testkit.Output(t, "ip link set lo up")
		p := capturing(t, "serve", "-i", "v1", "--sandbox", "require", "-Z", "nobody")
		p.wait(&p.out, linkPattern.String())
		l := readLink(t, p.out.String())
		if resp := l.ask(t, "GET", "/events", ""); resp.StatusCode != http.StatusOK {
			t.Fatal(resp.Status)
		}
		const packets, perSecond = 4000, 1000
		frame := testkit.Nested("mpls", 250)
		began := time.Now()
		for n := range packets {
			s.Send(frame)
			time.Sleep(time.Until(began.Add(time.Duration(n+1) * time.Second / perSecond)))
		}
		stopped := time.Now()
		p.interrupt()
		if n := p.closing(); n != [3]int{packets, packets, 0} {
			t.Errorf("closing lines say %v:\n%s", n, p.errs.String())
		}
		if late := time.Since(stopped); late > 3*time.Second { // about 1 s on an idle machine
			t.Errorf("it ended %v after the signal", late)
		}
	})
}
