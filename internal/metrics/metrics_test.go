package metrics_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/portsniff/portsniff/capture/live"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/metrics"
)

// port returns a TCP port that received the given number of packets of 100 bytes each.
func port(n uint16, packets uint64) flow.Port {
	return flow.Port{PortKey: flow.PortKey{Proto: decode.ProtoTCP, Port: n},
		To: flow.Count{Packets: packets, Bytes: 100 * packets}}
}

func server(t *testing.T, s *metrics.Snapshot) (url string) {
	t.Helper()
	l, err := metrics.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, err := metrics.Serve(l, func() (metrics.Snapshot, error) { return *s, nil })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return "http://" + l.Addr().String()
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(b)
}

func TestPromtoolAcceptsMetrics(t *testing.T) {
	s := metrics.Snapshot{Ports: []flow.Port{port(443, 7)}, Flows: 3,
		Capture: live.Stats{Received: 12, Dropped: 2, Freezes: 1, InterfaceDropped: 4},
		Totals:  flow.Totals{Total: flow.Count{Packets: 10, Bytes: 900}}, NotSelected: 5,
		Evicted: flow.Evicted{Flows: 6}}
	s.Totals.NoPorts[decode.NotIP] = flow.Count{Packets: 8, Bytes: 80}
	_, text := get(t, server(t, &s)+"/metrics")
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
	for _, want := range []string{
		"portsniff_packets_total 10\n", "portsniff_bytes_total 900\n",
		`portsniff_lost_packets_total{kind="kernel"} 2`,
		`portsniff_lost_packets_total{kind="interface"} 4`,
		`portsniff_lost_packets_total{kind="not-selected"} 5`,
		"portsniff_received_packets_total 12\n", "portsniff_flows 3\n",
		"portsniff_buffer_full_total 1\n", "portsniff_evicted_flows_total 6\n",
		`portsniff_service_packets_total{port="443",proto="tcp",service="https"} 7`,
		`portsniff_service_bytes_total{port="443",proto="tcp",service="https"} 700`,
		`portsniff_service_packets_total{port="other",proto="other",service="other"} 0`,
		`portsniff_packets_without_ports_total{reason="not-ip"} 8`,
		`portsniff_packets_without_ports_total{reason="cut"} 0`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

// series returns the values of a metric by labels.
func series(t *testing.T, from prometheus.Gatherer, name string) map[string]float64 {
	t.Helper()
	families, err := from.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.Metric {
			values[fmt.Sprint(m.Label)] = m.Counter.GetValue()
		}
	}
	return values
}

// TestSeriesAreBoundedAndNeverGoBack checks that the number of series is limited, whatever the
// number of ports. No counter decreases when other ports become the busiest. The sum of all series
// contains all packets and bytes.
func TestSeriesAreBoundedAndNeverGoBack(t *testing.T) {
	var s metrics.Snapshot
	registry := prometheus.NewRegistry()
	take := func() (metrics.Snapshot, error) { return s, nil }
	if err := metrics.Register(registry, take); err != nil {
		t.Fatal(err)
	}
	counts := map[uint16]uint64{}
	last, left, came, sum := map[string]float64{}, map[string]bool{}, 0, uint64(0)
	for round := range uint16(50) {
		for n := range uint16(300) {
			k := uint64(1)
			if n/20 == round*7%15 { // each round has other busiest ports, and some return
				k = 1000 * uint64(round+1)
			}
			counts[n] += k
			sum += k
		}
		s.Ports = s.Ports[:0]
		for n, packets := range counts {
			s.Ports = append(s.Ports, port(n, packets))
		}
		now := series(t, registry, "portsniff_service_packets_total")
		total := 0.0
		for name, value := range now {
			total += value
			if was, ok := last[name]; ok && value < was {
				t.Errorf("round %d: %s went from %v to %v", round, name, was, value)
			}
			if left[name] {
				came++
			}
		}
		for name := range last {
			if _, ok := now[name]; !ok {
				left[name] = true
			}
		}
		if len(now) != metrics.TopPorts+1 || total != float64(sum) {
			t.Errorf("round %d: %d series of %v packets, want %d", round, len(now), total, sum)
		}
		total = 0
		for _, value := range series(t, registry, "portsniff_service_bytes_total") {
			total += value
		}
		if total != float64(100*sum) {
			t.Errorf("round %d: %v bytes, want %d", round, total, 100*sum)
		}
		last = now
	}
	if came < 100 {
		t.Errorf("only %d ports had a series again", came)
	}
}

func TestLint(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	if err := metrics.Register(registry, func() (metrics.Snapshot, error) {
		return metrics.Snapshot{}, nil
	}); err != nil {
		t.Fatal(err)
	}
	if problems, err := testutil.GatherAndLint(registry); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}

func TestErrorsAndOtherPages(t *testing.T) {
	l, err := metrics.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := metrics.Serve(l, func() (metrics.Snapshot, error) {
		return metrics.Snapshot{}, io.ErrUnexpectedEOF
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	url := "http://" + l.Addr().String()
	if status, text := get(t, url+"/metrics"); status != http.StatusInternalServerError ||
		!strings.Contains(text, io.ErrUnexpectedEOF.Error()) {
		t.Error(status, text)
	}
	if status, _ := get(t, url+"/other"); status != http.StatusNotFound {
		t.Error(status)
	}
	r, err := http.Post(url+"/metrics", "text/plain", bytes.NewReader(nil))
	if err != nil || r.StatusCode != http.StatusMethodNotAllowed {
		t.Error(r, err)
	}
	for _, bad := range []string{"", "localhost:9099", "9099", "127.0.0.1"} {
		if l, err := metrics.Listen(bad); err == nil {
			l.Close()
			t.Errorf("%q is an address", bad)
		}
	}
}

// TestConnectionsAreBounded checks that 16 connections are served at a time, and the next one waits
// until one ends.
func TestConnectionsAreBounded(t *testing.T) {
	address := strings.TrimPrefix(server(t, &metrics.Snapshot{}), "http://")
	var open []net.Conn
	for range 17 {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		open = append(open, c)
	}
	last, answer := open[16], make([]byte, 8)
	if _, err := io.WriteString(last, "GET /metrics HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := last.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(last, answer); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the 17th connection gets %q, %v", answer, err)
	}
	open[0].Close()
	if err := last.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(last, answer); err != nil || string(answer) != "HTTP/1.0" {
		t.Errorf("after the end of another: %q, %v", answer, err)
	}
}
