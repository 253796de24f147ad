package metrics_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/metrics"
)

// port is a TCP port to which so many packets went, of 100 bytes each.
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

func TestPromtoolFindsNothing(t *testing.T) {
	s := metrics.Snapshot{Ports: []flow.Port{port(443, 7)}, Flows: 3,
		Capture: capture.Stats{Received: 12, Dropped: 2, Freezes: 1, InterfaceDropped: 4},
		Totals:  flow.Totals{Total: flow.Count{Packets: 10, Bytes: 900}}, NotSelected: 5}
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
		`portsniff_service_packets_total{port="443",proto="tcp",service="https"} 7`,
		`portsniff_service_packets_total{port="other",proto="other",service="other"} 0`,
		`portsniff_packets_without_ports_total{reason="not-ip"} 0`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

// However many ports there are, there is a bounded number of series, and no counter goes back when
// others become the busiest.
func TestSeriesAreBoundedAndNeverGoBack(t *testing.T) {
	var s metrics.Snapshot
	registry := prometheus.NewRegistry()
	take := func() (metrics.Snapshot, error) { return s, nil }
	if err := metrics.Register(registry, take); err != nil {
		t.Fatal(err)
	}
	counts := map[uint16]uint64{}
	last, sum := map[string]float64{}, uint64(0)
	for round := range 50 {
		for n := range uint16(300) {
			k := uint64(n*uint16(7+round)) % 300 // another order of ports in each round
			counts[n] += k
			sum += k
		}
		s.Ports = s.Ports[:0]
		for n, packets := range counts {
			s.Ports = append(s.Ports, port(n, packets))
		}
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		now, total := map[string]float64{}, 0.0
		for _, f := range families {
			if f.GetName() != "portsniff_service_packets_total" {
				continue
			}
			if n := len(f.Metric); n != metrics.TopPorts+1 {
				t.Fatalf("round %d: %d series", round, n)
			}
			for _, m := range f.Metric {
				name := fmt.Sprint(m.Label)
				now[name] = m.Counter.GetValue()
				total += m.Counter.GetValue()
				if was, ok := last[name]; ok && now[name] < was {
					t.Errorf("round %d: %s went from %v to %v", round, name, was, now[name])
				}
			}
		}
		if total != float64(sum) {
			t.Errorf("round %d: %v packets in all series, want %d", round, total, sum)
		}
		last = now
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
