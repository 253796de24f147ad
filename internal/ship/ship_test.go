package ship_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/portsniff/portsniff/internal/clickhouse"
	"github.com/portsniff/portsniff/internal/ship"
	"github.com/portsniff/portsniff/internal/store"
	"github.com/portsniff/portsniff/internal/testkit"
)

func TestEachFileIsSentOnceAndInputsLast(t *testing.T) {
	f, folder := testkit.NewClickHouse(t), newStore(t, 3)
	c, err := newRun(t, folder, clickhouse.Options{URL: f.URL}).send(t)
	if err != nil || c.Inputs != 3 || c.Files != 15 || c.Waiting != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	f.Has(t, folder)
	inOrder(t, f.Order)
	if oldest := f.Order[4]; oldest != "inputs/"+id(1)+".parquet" {
		t.Errorf("the fifth file is %s", oldest)
	}
	sent := f.Asked()
	if c, err := newRun(t, folder, clickhouse.Options{URL: f.URL}).send(t); err != nil ||
		c.Files != 0 || f.Asked() != sent {
		t.Errorf("the second time: %+v, %v, %d requests", c, err, f.Asked()-sent)
	}
	addInput(t, folder, 4)
	if c, err := newRun(t, folder, clickhouse.Options{URL: f.URL}).send(t); err != nil ||
		c.Inputs != 1 {
		t.Errorf("a new input: %+v, %v", c, err)
	}
	f.Has(t, folder)
}

// TestOnlyCompleteInputsAreSent checks that inputs without a row in the table inputs and unrelated
// files are not sent.
func TestOnlyCompleteInputsAreSent(t *testing.T) {
	f, folder := testkit.NewClickHouse(t), newStore(t, 2)
	other := filepath.Join(folder, store.Flows, "date=2026-09-02", "other.parquet")
	if err := errors.Join(os.WriteFile(other, []byte("PAR1PAR1"), 0o666),
		os.Remove(filepath.Join(folder, store.Inputs, "date=2026-09-03", id(2)+".parquet")),
	); err != nil {
		t.Fatal(err)
	}
	if c, err := newRun(t, folder, clickhouse.Options{URL: f.URL}).send(t); err != nil ||
		c.Inputs != 1 || c.Files != 5 || c.Waiting != 0 {
		t.Errorf("%+v, %v", c, err)
	}
}

// fails responds to the first n requests with a status.
func fails(n, status int, text string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		n--
		if n >= 0 {
			http.Error(w, text, status)
		}
		return n >= 0
	}
}

func TestServerErrorsAreTriedAgain(t *testing.T) {
	for _, status := range []int{500, 503, 429, 408} {
		f, folder := testkit.NewClickHouse(t), newStore(t, 1)
		f.Fault = fails(3, status, "Code: 252. DB::Exception: Too many parts")
		r := newRun(t, folder, clickhouse.Options{URL: f.URL})
		c, err := r.send(t)
		if err != nil || c.Files != 5 || c.Failures != 3 || len(r.notices) != 3 {
			t.Errorf("%d: %+v, %v, %q", status, c, err, r.notices)
		}
		f.Has(t, folder)
		// 0.5, 1 and 2 seconds, times 0.75 for the middle of the random part
		want := []time.Duration{375 * time.Millisecond, 750 * time.Millisecond,
			1500 * time.Millisecond}
		if !slices.Equal(r.waits, want) {
			t.Errorf("%d: waits %v", status, r.waits)
		}
	}
}

func TestWaitsGrowToAMinute(t *testing.T) {
	f, folder := testkit.NewClickHouse(t), newStore(t, 1)
	f.Fault = fails(20, 500, "down")
	r := newRun(t, folder, clickhouse.Options{URL: f.URL})
	r.Tries, r.Random = 30, func() float64 { return 1 }
	if _, err := r.send(t); err != nil || r.waits[6] != 32*time.Second ||
		r.waits[19] != time.Minute {
		t.Error(err, r.waits)
	}
}

func TestGivesUp(t *testing.T) {
	f, folder := testkit.NewClickHouse(t), newStore(t, 2)
	f.Fault = fails(1000, 500, "Code: 279. DB::Exception: shard 10.0.0.2:9000 is down")
	r := newRun(t, folder, clickhouse.Options{URL: f.URL})
	c, err := r.send(t)
	var left *ship.NotSentError
	if !errors.As(err, &left) || left.Inputs != 2 || c.Waiting != 2 || len(r.waits) != 3 {
		t.Errorf("%v, %+v, %v", err, c, r.waits)
	}
	if text := fmt.Sprint(err); !strings.Contains(text, f.URL) ||
		!strings.Contains(text, "shard 10.0.0.2:9000 is down") {
		t.Error(text)
	}
}

// TestRefusedFile checks that an input that the server rejects does not block others.
func TestRefusedFile(t *testing.T) {
	f, folder := testkit.NewClickHouse(t), newStore(t, 3)
	cut := filepath.Join(folder, store.Ports, "date=2026-09-02", id(1)+"-0003.parquet")
	if err := os.WriteFile(cut, []byte("PAR1 and no end"), 0o666); err != nil {
		t.Fatal(err)
	}
	c, err := newRun(t, folder, clickhouse.Options{URL: f.URL}).send(t)
	if c.Inputs != 2 || c.Waiting != 1 || c.Refused != 1 || err == nil ||
		!strings.Contains(err.Error(), "Not a Parquet file") ||
		!strings.Contains(err.Error(), id(1)+"-0003.parquet") {
		t.Errorf("%+v, %v", c, err)
	}
	for key := range f.Inserted {
		if strings.HasPrefix(key, "inputs/"+id(1)) {
			t.Error("an incomplete input counts")
		}
	}
}

// TestErrorsWithoutRetry checks that errors of all requests end the run at once: a wrong
// password, missing tables, a redirect, another kind of server.
func TestErrorsWithoutRetry(t *testing.T) {
	for want, fault := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"401: Code: 516": fails(99, 401, "Code: 516. DB::Exception: portsniff: wrong password"),
		"404: Code: 60":  fails(99, 404, "Code: 60. DB::Exception: Unknown table"),
		"redirects to http://127.0.0.1:1/": func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusTemporaryRedirect)
			return true
		},
		"not from ClickHouse": func(http.ResponseWriter, *http.Request) bool { return true },
	} {
		f, folder := testkit.NewClickHouse(t), newStore(t, 2)
		f.Fault = fault
		r := newRun(t, folder, clickhouse.Options{URL: f.URL})
		c, err := r.send(t)
		if err == nil || !strings.Contains(err.Error(), want) || len(r.waits) > 0 ||
			f.Asked() != 1 || c.Waiting != 2 {
			t.Errorf("%s: %v, %d requests, %+v", want, err, f.Asked(), c)
		}
		if _, ok := r.Log.Has(id(1)); ok {
			t.Errorf("%s: noted as sent", want)
		}
	}
}

// TestCutConnections cuts the connection in the middle of a file or after it. That file must be
// sent again.
func TestCutConnections(t *testing.T) {
	for _, whole := range []bool{false, true} {
		f, folder := testkit.NewClickHouse(t), newStore(t, 2)
		var requests atomic.Int64
		f.Fault = func(w http.ResponseWriter, r *http.Request) bool {
			if requests.Add(1)%3 != 0 {
				return false
			}
			if whole { // the file is inserted, but the client gets no response
				f.SetFault(nil)
				f.ServeHTTP(discard{}, r)
			} else if _, err := r.Body.Read(make([]byte, 10)); err != nil {
				t.Error(err)
			}
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return true
			}
			return conn.Close() == nil
		}
		r := newRun(t, folder, clickhouse.Options{URL: f.URL})
		if c, err := r.send(t); err != nil || c.Inputs != 2 || c.Failures == 0 {
			t.Errorf("%v: %+v, %v", whole, c, err)
		}
		f.Has(t, folder)
		inOrder(t, f.Order)
	}
}

// discard is a response that nobody receives.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}

func TestSlowServer(t *testing.T) {
	f, folder := testkit.NewClickHouse(t), newStore(t, 1)
	hang, requests := make(chan struct{}), atomic.Int64{}
	f.Fault = func(_ http.ResponseWriter, r *http.Request) bool {
		second := requests.Add(1) == 2
		if second {
			<-hang
		}
		return second
	}
	t.Cleanup(func() { close(hang) })
	r := newRun(t, folder, clickhouse.Options{URL: f.URL, Timeout: 300 * time.Millisecond})
	r.Tries = 50 // a busy machine may be slow too
	c, err := r.send(t)
	if err != nil || c.Failures == 0 || !strings.Contains(r.notices[0], "no answer in time") {
		t.Errorf("%+v, %v, %q", c, err, r.notices)
	}
	f.Has(t, folder)
}

// TestLostLog checks that an input that the server already has is not sent again if the log is
// lost.
func TestLostLog(t *testing.T) {
	f, folder := testkit.NewClickHouse(t), newStore(t, 2)
	if _, err := newRun(t, folder, clickhouse.Options{URL: f.URL}).send(t); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(folder, ship.LogName("http://server", "portsniff"))
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	c, err := newRun(t, folder, clickhouse.Options{URL: f.URL}).send(t)
	if err != nil || c.Present != 2 || c.Files != 0 || c.Waiting != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	f.Has(t, folder)
}

// TestWatch checks that Watch sends later inputs too, until it is stopped, in spite of temporary
// errors.
func TestWatch(t *testing.T) {
	f, folder := testkit.NewClickHouse(t), newStore(t, 0)
	ctx, stop := context.WithCancel(t.Context())
	r := newRun(t, folder, clickhouse.Options{URL: f.URL})
	r.Watch = 5 * time.Second
	r.sleep = func(time.Duration) {
		switch n := len(r.waits); {
		case n <= 3:
			addInput(t, folder, n)
		case n == 4:
			f.Fault = fails(10, 500, "down")
			addInput(t, folder, n)
		case n == 30:
			stop()
		}
	}
	s := ship.New(r.Options)
	if err := s.Run(ctx); err != nil || s.Counts().Inputs != 4 || s.Counts().Waiting != 0 {
		t.Errorf("%v, %+v", err, s.Counts())
	}
	f.Has(t, folder)
	if len(r.notices) != 10 {
		t.Errorf("%q", r.notices)
	}
}

// TestStopped checks that a stopped run reports how many inputs are waiting.
func TestStopped(t *testing.T) {
	f, folder := testkit.NewClickHouse(t), newStore(t, 3)
	ctx, stop := context.WithCancel(t.Context())
	f.Fault = func(_ http.ResponseWriter, r *http.Request) bool {
		if f.Asked() != 8 {
			return false
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil { // so that its end is detected
			t.Error(err)
		}
		stop()
		<-r.Context().Done()
		return true
	}
	r := newRun(t, folder, clickhouse.Options{URL: f.URL})
	s := ship.New(r.Options)
	var left *ship.NotSentError
	if err := s.Run(ctx); !errors.As(err, &left) || left.Inputs != 2 {
		t.Error(err)
	}
}

// TestRemovedInputs checks that the store may remove its oldest inputs while they wait.
func TestRemovedInputs(t *testing.T) {
	f, folder := testkit.NewClickHouse(t), newStore(t, 2)
	f.Fault = func(http.ResponseWriter, *http.Request) bool {
		for _, table := range store.Tables() {
			err := os.RemoveAll(filepath.Join(folder, table, "date=2026-09-02"))
			if err != nil {
				t.Error(err)
			}
		}
		return false
	}
	c, err := newRun(t, folder, clickhouse.Options{URL: f.URL}).send(t)
	if err != nil || c.Inputs != 1 || c.Gone != 1 || c.Waiting != 0 {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestChangedInput checks that an input that was stored again with other contents is counted, but
// not sent again.
func TestChangedInput(t *testing.T) {
	f, folder := testkit.NewClickHouse(t), newStore(t, 2)
	if _, err := newRun(t, folder, clickhouse.Options{URL: f.URL}).send(t); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(folder, store.Flows, "date=2026-09-02", id(1)+"-0001.parquet")
	if err := os.WriteFile(name, []byte("PAR1 another PAR1"), 0o666); err != nil {
		t.Fatal(err)
	}
	c, err := newRun(t, folder, clickhouse.Options{URL: f.URL}).send(t)
	if err != nil || c.Changed != 1 || c.Files != 0 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestNoStore(t *testing.T) {
	r := newRun(t, newStore(t, 1), clickhouse.Options{URL: "http://127.0.0.1:1"})
	r.Folder = t.TempDir()
	if _, err := r.send(t); !errors.Is(err, store.ErrNoStore) {
		t.Error(err)
	}
	r.Folder = filepath.Join(r.Folder, "missing")
	if _, err := r.send(t); !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, store.ErrNoStore) {
		t.Error(err)
	}
}

func TestMetrics(t *testing.T) {
	f, folder := testkit.NewClickHouse(t), newStore(t, 2)
	f.Fault = fails(1, 500, "down")
	s := ship.New(newRun(t, folder, clickhouse.Options{URL: f.URL}).Options)
	registry := prometheus.NewPedanticRegistry()
	if err := errors.Join(s.Register(registry), s.Run(t.Context())); err != nil {
		t.Fatal(err)
	}
	if problems, err := testutil.GatherAndLint(registry); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, m := range families {
		got[m.GetName()] = m.Metric[0].Counter.GetValue() + m.Metric[0].Gauge.GetValue()
	}
	for name, want := range map[string]float64{"inputs_total": 2, "files_total": 10,
		"failed_requests_total": 1, "waiting_inputs": 0, "waiting_files": 0, "waiting_bytes": 0} {
		if got["portsniff_ship_"+name] != want {
			t.Errorf("%s: %v, want %v", name, got["portsniff_ship_"+name], want)
		}
	}
	if got["portsniff_ship_bytes_total"] < 1000 ||
		got["portsniff_ship_last_sent_timestamp_seconds"] < 1e9 {
		t.Error(got)
	}
}
