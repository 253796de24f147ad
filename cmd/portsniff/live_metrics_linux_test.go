package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/portsniff/portsniff/internal/testkit"
)

// TestLiveMetrics checks that metrics are served inside the sandbox, by commands that show packets
// and by those that count.
func TestLiveMetrics(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"-i", "v1", "-l"},
		{"ports", "-i", "v1"},
		{"flows", "-i", "v1"},
		{"flows", "-i", "v1", "--format", "ecs"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			liveTest(t, func(t *testing.T, s *testkit.Sender) {
				testkit.Output(t, "ip link set lo up")
				p := capturing(t, append(args, "--metrics", "127.0.0.1:0", "--sandbox=require")...)
				address := regexp.MustCompile(`127\.0\.0\.1:\d+`)
				p.wait(&p.errs, `metrics at http://127\.0\.0\.1:\d+/metrics`)
				s.Send(udpFrame(40000, 53, "one"))
				s.Send(udpFrame(40000, 53, "two"))
				text := scrapeUntil(t, address.FindString(p.errs.String()),
					`(?m)^portsniff_packets_total 2$`)
				matches(t, "metrics", text, `(?m)^portsniff_received_packets_total 2$`,
					`(?m)^portsniff_lost_packets_total\{kind="kernel"\} 0$`,
					`portsniff_service_packets_total\{port="53",proto="udp",service="domain"\} 2`)
				problems, err := promlint.New(strings.NewReader(text)).Lint()
				if err != nil || len(problems) > 0 {
					t.Error(problems, err)
				}
				p.interrupt()
			})
		})
	}
}

// scrapeUntil requests the metrics until they match a pattern.
func scrapeUntil(t *testing.T, address, want string) string {
	t.Helper()
	for {
		text := scrape(t, address)
		if regexp.MustCompile(want).MatchString(text) {
			return text
		}
		if t.Context().Err() != nil {
			t.Fatalf("no %s in\n%s", want, text)
		}
	}
}

// scrape requests the metrics once on this thread, the only one in the network namespace.
func scrape(t *testing.T, address string) string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET /metrics HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatal(r.Status, err, string(text))
	}
	return string(text)
}
